"""This module owns Ctrl-C while a build runs: it ends within seconds, also inside a statement that takes minutes.

A build may be killed at any moment: what it makes is derived, a version is published by one rename, and the journal
is loaded in transactions. So the process says what became of the build, and ends where it stands: to unwind it would
be to wait for DuckDB, which writes all of a half-made work.duckdb to disk before it closes it.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from analytics.work.progress import Told
from ingest.terminal.commands import Exit, say

BUILD_STOPPED = (
    "Stopped in the middle of the build: nothing new is published, and what was published before stays. Build it anew:"
    " whichad analytics build"
)
GRACE_SECONDS = 1.5  # a small build that is asked to stop is as good as done: the loop lets it
LOOK_SECONDS = 0.05


class Interruption:
    """What SIGINT and SIGTERM do. `asked` is set once one came."""

    def __init__(self, sentence: Callable[[], str], tidy: Callable[[], None], grace_seconds: float) -> None:
        """`sentence` says what became of the build; `tidy` is called before it is said, such as to clear a bar."""
        self.asked = threading.Event()
        self._sentence, self._tidy, self._grace_seconds = sentence, tidy, grace_seconds
        self._over = threading.Event()  # nobody listens any more
        self._building = threading.Lock()  # held while a build may be ended

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take over the signals while the block lasts; in the main thread.

        A thread waits for them: the main thread hears of a signal only where DuckDB pauses, up to six seconds later
        (measured on a busy machine).
        """
        heard, told = os.pipe()
        os.set_blocking(told, False)
        before = {number: signal.signal(number, lambda _n, _f: None) for number in (signal.SIGTERM, signal.SIGINT)}
        fd_before = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
        thread = threading.Thread(target=self._wait, args=(heard,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            signal.set_wakeup_fd(fd_before)
            for number, handler in before.items():
                signal.signal(number, handler)
            self._over.set()
            os.close(told)  # the thread reads the end
            thread.join(1.0)  # a thread that outlives the process's end makes DuckDB's client complain of leaks

    @contextmanager
    def building(self) -> Iterator[None]:
        """Around what is ended by a signal, once its grace is over; what is not inside is waited for."""
        with self._building:
            yield

    def _wait(self, heard: int) -> None:
        with os.fdopen(heard, "rb", buffering=0) as signals:
            if not signals.read(1):
                return
        self.asked.set()
        while self._building.acquire(timeout=self._grace_seconds):
            self._building.release()
            if self._over.wait(LOOK_SECONDS):
                return
        self._tidy()
        say(self._sentence())
        os._exit(Exit.INTERRUPTED)


@contextmanager
def interruptible(published: Path, seconds: Path) -> Iterator[Told]:
    """Around one build of a command, with its progress shown; Ctrl-C ends it at any moment.

    `published` is the link that a publish swings, `seconds` the file of what each phase took the last time.
    """
    before = published.resolve()

    def sentence() -> str:
        after = published.resolve()
        return BUILD_STOPPED if after == before else f"Stopped, after {after.stem} was published."

    with Told(seconds) as progress:
        interruption = Interruption(sentence, progress.stop, grace_seconds=0)
        with interruption.listening(), interruption.building():
            yield progress
