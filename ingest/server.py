"""This module owns the connections of a worker: waitress's server, with deadlines, and refusals in our words.

What is refused here never reaches our application: broken HTTP, what is too large, and whoever takes too long.
"""

import re
import socket
import threading
import time
from collections.abc import Callable, Container
from contextlib import suppress
from functools import partial
from typing import Any

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer

from ingest import polling
from ingest.answering import Answering, Refused
from ingest.config import Ingest
from ingest.rejection import REFUSALS
from ingest.turns import ASKED_BYTES_MAX, Turns
from ingest.wire import CHUNKED_WEIGHT, Parser

# A sender that is still sending when we close is reset, and may lose the answer before it reads it. So after a
# refusal we only stop talking, and throw away what still comes, for a while.
LINGER_SECONDS = 5.0
LINGER_BYTES = 32 << 20
CONNECTIONS_MAX = 1000  # a process may have 1024 files open where nobody raised the limit
CROWDED_SECONDS = 5  # nobody new comes in while it is full: then the slow and the idle have less time
HEADER_BYTES_MAX = 128 << 10  # a RAC of 64 KiB may come in a query string
_SENDER = re.compile(r"/webhooks/([a-z0-9][a-z0-9_-]*)(?:/|\Z)")


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


class Server(TcpWSGIServer):  # type: ignore[misc]
    """waitress on a socket that is bound already."""

    channel_class = Channel

    def __init__(
        self,
        application: Any,
        listener: socket.socket,
        limits: Ingest,
        senders: Callable[[], Container[str]],
        count: Callable[[str, str, int], None],
    ) -> None:
        """`count` hears of each refusal: a sender of `senders()` or "", a code of REFUSALS, the body's bytes."""
        self.limits, self._senders, self._count, self._woken = limits, senders, count, False
        adjustments = Adjustments(
            threads=limits.threads,
            connection_limit=CONNECTIONS_MAX,
            cleanup_interval=1,
            max_request_body_size=CHUNKED_WEIGHT * limits.body_bytes_max,
            max_request_header_size=HEADER_BYTES_MAX,
            backlog=1024,
            asyncore_use_poll=True,
            expose_tracebacks=False,
            ident=None,
        )
        address = (listener.family, listener.type, listener.proto, listener.getsockname())
        self.turns = Turns(limits.journal_seconds_max)
        super().__init__(application, {}, True, listener, adj=adjustments, sockinfo=address, bind_socket=False)

    def run(self) -> None:
        """Serve until KeyboardInterrupt."""
        self.turns.thread = threading.get_ident()
        try:
            polling.loop(self._map, self._listen)
        except (SystemExit, KeyboardInterrupt):
            self.task_dispatcher.shutdown()

    def pull_trigger(self) -> None:
        """Wake the loop, if nobody did since it looked last; itself it need not wake."""
        if not self._woken and not self.turns.here():
            self._woken = True
            super().pull_trigger()

    def _listen(self) -> None:
        self._woken = False  # before the look: who finds it unset after its own change will wake us again
        self.turns.take()

    def add_task(self, channel: Channel) -> None:
        """Let a request be asked: by the loop, or by a thread where its body is large."""
        if self.turns.here() and channel.requests[0].body_bytes_received <= ASKED_BYTES_MAX:
            self.turns.ask(channel)
        else:
            super().add_task(channel)

    def see(self, channel: Channel, task: Answering) -> None:
        """One of the two that a held answer waits for is over; from any thread."""
        self.turns.see(channel, task)
        self.pull_trigger()

    @property
    def busy(self) -> bool:
        """Whether a request is in work or an answer is still leaving."""
        with suppress(RuntimeError):  # the connections may change under us: look again
            return any(c.requests or c.total_outbufs_len for c in list(self.active_channels.values()))
        return True

    def count(self, request: Parser, code: str) -> None:
        """Count a request that our application will not see."""
        assert code in REFUSALS  # noqa: S101 (Refused looks it up)
        found = _SENDER.match(request.path)
        sender = found[1] if found and found[1] in self._senders() else ""
        self._count(sender, code, int(request.body_bytes_received))

    def maintenance(self, now: float) -> None:
        """End what takes too long; waitress calls this every second.

        waitress itself closes only who is silent; one byte per second would hold a connection for ever.
        """
        clock, seconds = time.monotonic(), self.limits.slow_seconds_max
        if self.in_connection_overflow:
            seconds = min(seconds, CROWDED_SECONDS)
        for channel in list(self.active_channels.values()):
            if channel.lingers_until is not None:
                channel.will_close = channel.will_close or clock > channel.lingers_until
            elif channel.requests:
                continue
            elif channel.request is not None:
                if clock - channel.request.started_at > seconds:
                    channel.time_out()
            elif channel.last_activity < now - seconds:  # between two requests, or its answer is not read
                channel.will_close = True
