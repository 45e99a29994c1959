"""This module owns a worker's server: waitress's, on a socket that is bound already, whose loop asks and answers."""

import re
import socket
import threading
import time
from collections.abc import Callable, Container
from typing import Any

from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer

from ingest.listening import polling
from ingest.listening.answering import Answering
from ingest.listening.channel import Channel
from ingest.listening.settings import Ingest
from ingest.listening.straight import Straight
from ingest.listening.turns import ASKED_BYTES_MAX, Turns
from ingest.listening.wire import CHUNKED_WEIGHT, Parser
from ingest.rejection import REFUSALS

CONNECTIONS_MAX = 1000  # a process may have 1024 files open where nobody raised the limit
CROWDED_SECONDS = 5  # nobody new comes in while it is full, or stops: then the slow and the idle have less time
IDLE_SECONDS = 2  # while it stops, a connection on which nothing is under way ends after so long
HEADER_BYTES_MAX = 128 << 10  # a RAC of 64 KiB may come in a query string
_SENDER = re.compile(r"/webhooks/([a-z0-9][a-z0-9_-]*)(?:/|\Z)")


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
        straight: Straight = lambda _parser, _then: None,
    ) -> None:
        """`count` hears of each refusal: a sender of `senders()` or "", a code of REFUSALS, the body's bytes.

        `straight` answers without the application what it can.
        """
        self.straight = straight
        self.limits, self._senders, self._count, self._woken = limits, senders, count, False
        self.is_stopping, self.is_done = False, False
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
        if self.is_stopping:  # nobody comes in any more from this look on
            self.accepting = False
            self.maintenance(time.time())
            self.is_done = not self.active_channels

    def stop_soon(self) -> None:
        """Take no more connections, answer those that are open once more at most; `is_done` when none is left.

        Called again and again, from any thread, until it is.
        """
        self.is_stopping = True
        self.pull_trigger()

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

    def count(self, request: Parser, code: str) -> None:
        """Count a request that our application will not see."""
        assert code in REFUSALS  # noqa: S101 (Refused looks it up)
        found = _SENDER.match(request.path)
        sender = found[1] if found and found[1] in self._senders() else ""
        self._count(sender, code, int(request.body_bytes_received))

    def maintenance(self, now: float) -> None:
        """End what takes too long; waitress calls this every second, and while we stop it is done at each look.

        waitress itself closes only who is silent; one byte per second would hold a connection for ever.
        """
        clock, seconds = time.monotonic(), self.limits.slow_seconds_max
        if self.in_connection_overflow or self.is_stopping:
            seconds = min(seconds, CROWDED_SECONDS)
        idle_seconds = min(seconds, IDLE_SECONDS) if self.is_stopping else seconds
        for channel in list(self.active_channels.values()):
            if channel.lingers_until is not None:
                channel.will_close = channel.will_close or clock > channel.lingers_until
            elif channel.requests:
                continue
            elif channel.request is not None:
                if clock - channel.request.started_at > seconds:
                    channel.time_out()
            elif channel.last_activity < now - idle_seconds:  # between two requests, or its answer is not read
                channel.will_close = True
