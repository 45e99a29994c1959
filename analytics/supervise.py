"""This module owns supervision: ingest, the loop, the dashboard and the alerts as child processes of `whichad up`.

A child that ends is started again, with a growing pause; Ctrl-C stops the door first, so that what was taken is
loaded before the loop stops.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

PAUSES_SECONDS = (0.5, 2.0, 10.0, 30.0)
STOP_SECONDS = 40.0
STEADY_SECONDS = 60.0


@dataclass(slots=True)
class Child:
    """One part of the product: its name and its command."""

    name: str
    command: list[str]
    fds: tuple[int, ...] = ()  # which it is handed each time it starts, such as sockets that we hold for it
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    again_at: float = field(default=0.0)


class Supervisor:
    """Starts children, keeps them alive, and stops them in order."""

    def __init__(self, children: list[Child], environment: dict[str, str], say: Callable[[str], None]) -> None:
        """`say` narrates; `environment` is what the children see."""
        self.children, self._environment, self._say = children, environment, say
        self.stopping = threading.Event()

    def start(self) -> None:
        """Start every child."""
        for child in self.children:
            self._spawn(child)

    def watch(self) -> None:
        """Revive what ended, until `stopping` is set."""
        while not self.stopping.wait(0.2):
            for child in self.children:
                self._revive(child)

    def stop(self) -> None:
        """Stop the children one after the other, in the order of the list."""
        self.stopping.set()
        for child in self.children:
            self._end(child)

    def _spawn(self, child: Child) -> None:
        # A session of its own: Ctrl-C reaches us alone, and we stop the parts in order.
        child.process = subprocess.Popen(
            child.command, env=self._environment, start_new_session=True, pass_fds=child.fds
        )
        child.started_at, child.again_at = time.monotonic(), 0.0

    def _revive(self, child: Child) -> None:
        if child.process is None or child.process.poll() is None:
            return
        now = time.monotonic()
        if not child.again_at:
            child.failures = 1 if now - child.started_at > STEADY_SECONDS else child.failures + 1
            pause = PAUSES_SECONDS[min(child.failures, len(PAUSES_SECONDS)) - 1]
            child.again_at = now + pause
            self._say(f"{child.name} ended with {child.process.returncode}; starting it again in {pause:g} s")
        elif now >= child.again_at:
            self._spawn(child)

    def _end(self, child: Child) -> None:
        if child.process is None or child.process.poll() is not None:
            return
        child.process.terminate()
        try:
            child.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._say(f"{child.name} did not stop in {STOP_SECONDS:g} s; ending it")
            child.process.kill()
            child.process.wait()


def part(module: str, *arguments: str) -> list[str]:
    """The command of one part: the same Python, the folder's own verb."""
    return [sys.executable, "-m", module, *arguments]
