"""This module owns the promises of the loop: who says that it waits is heard, and nobody makes it spin."""

import select
import socket
import threading
from collections.abc import Callable

from ingest.listening import polling


class Line:
    """One end of a connection, which waits for what it is told to; its loop ends when it has read."""

    def __init__(self, connections: dict[int, "Line"], waits_for: int) -> None:
        self.near, self.far = socket.socketpair()
        self.waits_for, self.looks, self.written, self.gone = waits_for, 0, 0, False
        self._connections = connections
        connections[self.near.fileno()] = self

    def events(self) -> int:
        self.looks += 1
        return self.waits_for

    def handle_read_event(self) -> None:
        self.near.recv(100)
        self.end()

    def handle_write_event(self) -> None:
        self.written += 1
        self.waits_for = polling.READ

    def handle_close(self) -> None:
        self.gone = True
        self.end()

    def end(self) -> None:
        self._connections.clear()


def run(connections: dict[int, Line], *after: tuple[float, Callable[[], object]]) -> None:
    timers = [threading.Timer(seconds, work) for seconds, work in after]
    for timer in timers:
        timer.start()
    polling.loop(connections, lambda: None)
    for timer in timers:
        timer.join()


def test_who_waits_to_read_is_told_once_something_came():
    connections: dict[int, Line] = {}
    line = Line(connections, polling.READ)
    run(connections, (0.05, lambda: line.far.send(b"x")))
    assert line.looks == 1 and not line.gone


def test_who_can_write_is_told_and_may_wait_for_something_else_then():
    connections: dict[int, Line] = {}
    line = Line(connections, polling.WRITE)
    run(connections, (0.05, lambda: line.far.send(b"x")))
    assert (line.written, line.looks) == (1, 2)


def test_who_waits_for_nothing_is_not_woken_even_when_the_other_side_goes():
    connections: dict[int, Line] = {}
    quiet, other = Line(connections, 0), Line(connections, polling.READ)
    run(connections, (0.02, quiet.far.close), (0.1, lambda: other.far.send(b"x")))
    assert (quiet.gone, quiet.looks) == (False, 1)


def test_who_stops_waiting_is_not_told_any_more():
    connections: dict[int, Line] = {}
    line, other = Line(connections, polling.WRITE), Line(connections, polling.READ)
    line.handle_write_event = lambda: setattr(line, "waits_for", 0)  # type: ignore[method-assign]
    run(connections, (0.02, lambda: line.far.send(b"x")), (0.1, lambda: other.far.send(b"x")))
    assert line.looks == 2 and not line.gone


def test_a_descriptor_that_was_closed_and_comes_again_is_asked_anew():
    poller = select.poll()
    one = socket.socket()
    polling._ask(poller, one.fileno(), polling.READ)
    polling._ask(poller, one.fileno(), 0)
    assert poller.poll(0) == []
    one.close()
