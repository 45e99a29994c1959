"""This module owns one worker process: waitress on an inherited socket, its own journal, a true drain.

waitress drops requests in flight on SIGTERM; a worker first refuses new ones with 503, lets those in flight
finish and their answers leave, seals its segment, and then ends.
"""

import contextlib
import logging
import os
import signal
import socket
import threading
import time
from typing import Any

import orjson
from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask

from ingest.app import create_app
from ingest.config import IngestSettings
from ingest.journal import Journal
from ingest.orphan import stop_with_parent
from ingest.rejection import REFUSALS, problem

DRAIN_SECONDS_MAX = 25.0
POLITE_BYTES = 8 << 20


class ProblemTask(ErrorTask):  # type: ignore[misc]
    """What waitress refuses before our code sees it is answered in our words, too."""

    def execute(self) -> None:
        """Write the refusal as a problem and close the connection."""
        error = self.request.error
        code = {413: "body_too_large", 431: "headers_too_large", 500: "internal"}.get(error.code, "bad_request")
        refusal = REFUSALS[code]
        detail = "" if error.code == 413 else str(error.body)[:200]  # its limit is not ours
        body = orjson.dumps(problem(refusal, detail))
        self.status = f"{refusal.status} {error.reason}"
        self.response_headers.append(("Content-Type", "application/problem+json"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection whose refusals are problems."""

    error_task_class = ProblemTask


class Worker:
    """One worker: a server loop in the main thread, a drain in another."""

    def __init__(self, settings: IngestSettings, listener: socket.socket, name: str) -> None:
        """`name` makes this worker's segment names unique on this node."""
        limits = settings.ingest
        self._journal = Journal(
            settings.journal_dir,
            name,
            limits.segment_rows_max,
            limits.segment_seconds_max,
            limits.free_bytes_min,
        )
        self._app = create_app(settings, self._journal)
        self._map: dict[int, Any] = {}
        self._stopping, self._drained = threading.Event(), False
        self._server = create_server(
            self._app,
            map=self._map,
            sockets=[listener],
            threads=limits.threads,
            connection_limit=1000,
            channel_timeout=30,
            cleanup_interval=5,
            # A body somewhat over the limit is read and then refused in words: closing on a sender that is
            # still sending would reset its connection before it could read them.
            max_request_body_size=limits.body_bytes_max + POLITE_BYTES,
            max_request_header_size=128 << 10,  # a RAC of 64 KiB may come in a query string
            backlog=1024,
            asyncore_use_poll=True,
            expose_tracebacks=False,
            ident=None,
        )
        self._server.channel_class = Channel

    def run(self) -> None:
        """Serve until SIGTERM, SIGINT or the parent's death; then drain, seal and return."""
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue of one is no news
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        stop_with_parent("ingest worker")
        try:
            self._server.run()  # returns on the KeyboardInterrupt that the drain raises
        finally:
            self._journal.close()

    def _on_signal(self, number: int, _frame: object) -> None:
        if not self._stopping.is_set():
            self._stopping.set()
            threading.Thread(target=self._drain, daemon=True).start()
        elif number == signal.SIGINT and self._drained:
            raise KeyboardInterrupt

    def _drain(self) -> None:
        self._app.config["DRAINING"] = True
        self._server.accepting = False
        deadline = time.monotonic() + DRAIN_SECONDS_MAX
        while time.monotonic() < deadline and self._busy():
            time.sleep(0.02)
        self._drained = True
        os.kill(os.getpid(), signal.SIGINT)

    def _busy(self) -> bool:
        """Whether a request is in work or an answer is still leaving."""
        with contextlib.suppress(RuntimeError):  # the map may change under us: look again
            return any(
                isinstance(c, HTTPChannel) and (c.requests or c.total_outbufs_len) for c in list(self._map.values())
            )
        return True
