"""This module owns the load generator: HTTP/1.1 requests made beforehand, sent over kept connections by one thread.

Everything costly (JSON, signatures) is done before the clock starts, so that the generator, which shares the machine
with what it measures, takes little of it. `closed` sends the next request when an answer came: the highest rate.
`opened` sends on a timetable and counts a request's time from when it was due: a stall is not forgiven.
"""

import gc
import selectors
import socket
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"


@dataclass
class Sent:
    """What came of a load: answers by status, the seconds it took, and each request's own seconds, in order."""

    seconds: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    unsent: int = 0  # the timetable had more than there were requests, or time

    @property
    def ok(self) -> int:
        """Answers of 200."""
        return self.statuses.get(200, 0)

    @property
    def rate(self) -> float:
        """Answers of 200 per second."""
        return self.ok / self.seconds if self.seconds else 0.0


class _Line:
    """One kept connection with at most one request on its way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.due, self._got = 0.0, b""

    def send(self, request: bytes, due: float) -> None:
        self.due = due
        self.socket.sendall(request)

    def answer(self) -> int | None:
        """The status once the whole answer is here; None before. Raises ConnectionError where the server closed."""
        piece = self.socket.recv(1 << 16)
        if not piece:
            raise ConnectionError("the server closed a connection under load")
        self._got += piece
        end = self._got.find(_HEAD_END)
        if end < 0:
            return None
        head = self._got[:end].lower()
        at = head.find(_LENGTH)
        length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._got) < end + len(_HEAD_END) + length:
            return None
        status = int(self._got[9:12])
        self._got = b""
        return status


def closed(port: int, requests: Iterator[bytes], seconds: float, connections: int = 32) -> Sent:
    """As many requests as get an answer: each connection sends its next as soon as one came."""
    sent = Sent()
    with _lines(port, connections) as (lines, selector):
        began = now = time.perf_counter()
        for line in lines:
            line.send(next(requests), now)
        while now - began < seconds:
            for key, _ in selector.select(0.1):
                line = key.data
                status = line.answer()
                if status is None:
                    continue
                now = time.perf_counter()
                sent.times.append(now - line.due)
                sent.statuses[status] = sent.statuses.get(status, 0) + 1
                following = next(requests, None)
                if following is None:
                    sent.seconds = now - began
                    return sent
                line.send(following, now)
            now = time.perf_counter()
        sent.seconds = now - began
    return sent


def opened(port: int, requests: Sequence[bytes], rate: float, connections: int = 64) -> Sent:
    """`requests` at `rate` per second, whatever the answers do; a request waits where every connection is taken."""
    sent, waiting = Sent(), deque(enumerate(requests))
    with _lines(port, connections) as (lines, selector):
        idle, away = list(lines), 0
        began = time.perf_counter()
        while waiting or away:
            now = time.perf_counter()
            while waiting and idle and began + waiting[0][0] / rate <= now:
                place, request = waiting.popleft()
                idle.pop().send(request, began + place / rate)
                away += 1
            due = began + waiting[0][0] / rate - now if waiting and idle else 0.1
            for key, _ in selector.select(max(0.0, min(due, 0.1))):
                status = key.data.answer()
                if status is None:
                    continue
                sent.times.append(time.perf_counter() - key.data.due)
                sent.statuses[status] = sent.statuses.get(status, 0) + 1
                idle.append(key.data)
                away -= 1
        sent.seconds = time.perf_counter() - began
    return sent


@contextmanager
def _lines(port: int, many: int) -> Iterator[tuple[list[_Line], selectors.BaseSelector]]:
    """Connections and their selector; without garbage collection, whose pauses would be the server's fault."""
    lines = [_Line(port) for _ in range(many)]
    selector = selectors.DefaultSelector()
    for line in lines:
        selector.register(line.socket, selectors.EVENT_READ, line)
    gc.disable()
    try:
        yield lines, selector
    finally:
        gc.enable()
        selector.close()
        for line in lines:
            line.socket.close()
