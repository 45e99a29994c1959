"""This module owns one connection of a worker: its requests have a deadline, its answers may wait for the disk.

What is refused here never reaches our application: broken HTTP, what is too large, and whoever takes too long.
"""

import socket
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from waitress.channel import HTTPChannel

from ingest.listening import polling
from ingest.listening.answering import Answering, Refused
from ingest.listening.wire import Parser

if TYPE_CHECKING:
    from ingest.listening.server import Server

# A sender that is still sending when we close is reset, and may lose the answer before it reads it. So after a
# refusal we only stop talking, and throw away what still comes, for a while.
LINGER_SECONDS = 5.0
LINGER_BYTES = 32 << 20


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection: its requests have a deadline, and it ends so that a refusal can be read."""

    error_task_class = Refused
    request: Parser | None
    close_when_flushed: bool
    refused = False
    lingers_until: float | None = None  # monotonic seconds
    _thrown_away = 0
    _task: Answering | None = None  # asked, and not yet answered

    def __init__(self, server: "Server", connection: socket.socket, *rest: Any, **more: Any) -> None:
        """As waitress makes it, for each connection."""
        super().__init__(server, connection, *rest, **more)
        limits = server.limits
        self.parser_class = partial(Parser, headers_max=limits.headers_max, body_bytes_max=limits.body_bytes_max)

    def task_class(self, _channel: "Channel", request: Parser) -> Answering:
        """What waitress serves: the task that was asked already."""
        task, self._task = self._task, None
        return task or Answering(self, request)

    def service(self) -> None:
        """Ask the application; its answer leaves now, or when what it waits for is known. On any thread."""
        request = self.requests[0]
        if request.error is None and self.connected:
            task = self._task = Answering(self, request)
            if task.ask(lambda: self.server.see(self, task)):
                self.server.see(self, task)
                return
        super().service()

    def send_held(self, task: Answering) -> None:
        """Send the answer that was held; runs in the server's loop."""
        self._task = task
        super().service()

    def time_out(self) -> None:
        """Refuse the request that is not complete; runs in the server's loop."""
        with self.requests_lock:
            request, self.request = self.request, None
            if request is None:
                return
            request.refuse("too_slow")
            self.requests.append(request)
        self.server.add_task(self)

    def events(self) -> int:
        """What this connection waits for, as waitress's `readable` and `writable` have it, but for one case.

        While a thread is sending, waitress takes the socket for ready to be written to, and looks again and again: 16
        looks a request under load. That thread wakes the loop when it is done, so until then nothing is waited for.
        """
        lingers = polling.READ if self.lingers_until is not None else 0
        if self.will_close or self.close_when_flushed:
            return polling.WRITE | lingers
        if self.total_outbufs_len:
            return (polling.WRITE if self._is_left() else 0) | lingers
        return lingers if self.requests else polling.READ

    def _is_left(self) -> bool:
        """Whether what is to be sent is left to the loop: no thread is at it."""
        is_free = bool(self.outbuf_lock.acquire(False))
        if is_free:
            self.outbuf_lock.release()
        return is_free

    def handle_read(self) -> None:
        """Read requests; after a refusal only throw away."""
        if self.lingers_until is None:
            super().handle_read()
            return
        with suppress(OSError):
            self._thrown_away += len(self.recv(1 << 16))  # at its end, recv closes
        if self._thrown_away > LINGER_BYTES:
            self.will_close = True

    def handle_write(self) -> None:
        """Send what is to be sent; after a refusal say that nothing more follows, and linger."""
        if not (self.refused and self.close_when_flushed):
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if self.will_close:
            self.handle_close()
        elif not self.total_outbufs_len:
            self.close_when_flushed, self.lingers_until = False, time.monotonic() + LINGER_SECONDS
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)

    def handle_close(self) -> None:
        """Close; a request that ended early is counted, as no answer reaches its sender."""
        request, self.request = self.request, None
        if request is not None:
            self.server.count(request, "bad_request")
        super().handle_close()
