"""This module owns the progress of a build: its phases, weighed by the seconds each took the last time.

Counting models says little: of a large build the longest takes a tenth of the time, and half of them take none. The
seconds are kept beside work.duckdb; where there are none yet, only what is at work is said, and no share.
"""

import json
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ingest.terminal.commands import say

LOADING, CHECKS, HISTORY, PUBLISHING = "loading the journal", "checks", "history", "publishing"
DRAWN_SECONDS = 0.2
LINE_SECONDS = 5.0  # without a terminal: a line this often, so that a short build says nothing
RUNNING_OVER = 0.99  # a phase that takes longer than the last time is as good as done, not more


def unseen(_phase: str, _count: int, _of: int) -> None:
    """The progress that nobody looks at."""


class Told:
    """Is called at the beginning of each phase of a build, and shows how far it is; a context manager."""

    def __init__(self, kept: Path) -> None:
        """`kept` is the file of the seconds."""
        self._kept, self._before = kept, _read(kept)
        self._took: dict[str, float] = {}
        self._phase, self._count, self._of, self._began = "", 0, 0, time.monotonic()
        self._over = threading.Event()
        self._drawing = threading.Thread(target=self._draw, daemon=True)

    def __enter__(self) -> "Told":
        self._drawing.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self.stop()
        self._end_phase()
        if kind is None and len(self._took) > 1:
            aside = self._kept.with_name(f"{self._kept.name}.new")
            with suppress(OSError):  # it only makes the next bar true
                aside.write_text(json.dumps(self._before | self._took), encoding="utf-8")
                aside.replace(self._kept)

    def stop(self) -> None:
        """Take the bar from the screen."""
        self._over.set()
        self._drawing.join(timeout=1.0)

    def __call__(self, phase: str, count: int, of: int) -> None:
        """A phase begins, the `count`th model `of` so many; what was at work before has ended."""
        self._end_phase()
        self._phase, self._count, self._of = phase, count, of

    @property
    def share(self) -> float | None:
        """What part of the expected seconds is over, 0 to 1; None where nothing is expected yet."""
        expected = sum(self._before.values())
        if not expected:
            return None
        over = sum(self._before.get(phase, 0.0) for phase in self._took if phase != self._phase)
        here = self._before.get(self._phase, 0.0) * RUNNING_OVER
        return min(1.0, (over + min(time.monotonic() - self._began, here)) / expected)

    @property
    def words(self) -> str:
        """What is at work, and how far that is."""
        if self.share is not None:
            return f"{self._phase} ({self.share:.0%})"
        return f"{self._phase} ({self._count} of {self._of} models)" if self._of else self._phase

    def _end_phase(self) -> None:
        now = time.monotonic()
        if self._phase:
            self._took[self._phase] = round(now - self._began, 3)
        self._began = now

    def _draw(self) -> None:
        if not sys.stderr.isatty():
            while not self._over.wait(LINE_SECONDS):
                say(f"building: {self.words}")
            return
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
            task = bar.add_task("building", total=None)
            while not self._over.wait(DRAWN_SECONDS):
                self._show(bar, task)

    def _show(self, bar: Progress, task: TaskID) -> None:
        share = self.share
        if self._phase and share is not None:
            bar.update(task, description=self.words, completed=share, total=1.0)
        elif self._phase:
            bar.update(task, description=self.words)
        bar.refresh()


def _read(kept: Path) -> dict[str, float]:
    try:
        return {str(phase): float(seconds) for phase, seconds in json.loads(kept.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}
