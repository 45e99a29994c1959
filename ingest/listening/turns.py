"""This module owns what a worker's loop does between two looks at its connections: requests asked, held answers sent.

Small requests are asked by the loop itself. Their handlers wait for nobody (the disk is waited for by the answer), so a
thread would only add two turns of the interpreter's lock to each; large bodies go to waitress's threads, or whoever
comes behind one would wait for its parsing.
"""

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from ingest.listening.answering import Answering

if TYPE_CHECKING:
    from ingest.listening.channel import Channel

ASKED_BYTES_MAX = 64 << 10  # some 5 ms of parsing


class Turns:
    """The work of a worker's loop, besides reading and writing."""

    def __init__(self, seconds_max: float) -> None:
        """`seconds_max`: how long an answer may be held."""
        self._seconds_max = seconds_max
        self._due: deque[Channel] = deque()
        self._seen: deque[tuple[Channel, Answering]] = deque()  # filled by any thread
        self._held: deque[tuple[float, Channel, Answering]] = deque()  # by deadline, answered ones included
        self.thread: int | None = None

    def here(self) -> bool:
        """Whether the caller is the loop."""
        return threading.get_ident() == self.thread

    def ask(self, channel: "Channel") -> None:
        """Let the loop ask for the first request of this connection, once it has read what there is to read."""
        self._due.append(channel)

    def see(self, channel: "Channel", task: Answering) -> None:
        """One of the two that a held answer waits for is over: the asking, or the wait for the disk."""
        self._seen.append((channel, task))

    def take(self) -> None:
        """Send what is known, refuse what took too long, ask what is due."""
        self._answer()
        now = time.monotonic()
        while self._held and (self._held[0][0] <= now or self._held[0][2].seen == 2):
            _, channel, task = self._held.popleft()
            if task.seen < 2:
                task.seen = 2
                task.answer(late=True)
                channel.send_held(task)
        while self._due:
            self._due.popleft().service()
            self._answer()

    def _answer(self) -> None:
        while self._seen:
            channel, task = self._seen.popleft()
            if task.seen >= 2:
                continue  # it was refused because it took too long
            task.seen += 1
            if task.seen == 2:
                task.answer()
                channel.send_held(task)
            else:
                self._held.append((time.monotonic() + self._seconds_max, channel, task))
