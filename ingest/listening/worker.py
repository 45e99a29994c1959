"""This module owns one worker process: waitress on an inherited socket, its own journal, a true drain.

waitress drops requests in flight on SIGTERM. A worker that stops takes no more connections: they wait for the next
process, where somebody holds the socket for it. Whoever is connected gets an answer, and hears in it that the
connection ends; then the worker seals its segment, and ends.
"""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from typing import Annotated

import typer

from ingest import logs, traces
from ingest.app import Front, create_app
from ingest.canary.perch import perch_of
from ingest.config import IngestSettings
from ingest.counting import metrics
from ingest.journal import Journal
from ingest.listening.server import Server
from ingest.listening.straight import straight
from ingest.logs import door
from ingest.orphan import SupervisedOption, stop_with_parent
from ingest.senders.current import Senders
from ingest.senders.origin import Origin
from ingest.settings.handing import taken
from ingest.terminal.commands import errors_in_words
from ingest.visitors.traffic import classify

SERVE_SECONDS_MAX, DRAIN_SECONDS_MAX = 20.0, 25.0  # what still comes between the two is refused with 503


class Worker:
    """One worker: a server loop in the main thread, a drain in another."""

    def __init__(
        self,
        settings: IngestSettings,
        listener: socket.socket,
        name: str,
        ready: Mapping[str, Origin] | None = None,
    ) -> None:
        """`name` makes this worker's segment names unique on this node; `ready`: the senders, read already."""
        logs.begin("ingest", settings.logs, worker=name)
        traces.begin("ingest", settings.traces)
        classify("a first visitor")  # the signatures are compiled once, before anybody waits for it
        self._senders = Senders(settings, ready, f"ingest worker {name}")
        metrics.start(name, self._senders.current)
        limits = settings.ingest
        self._journal = Journal(
            settings.journal_dir,
            name,
            limits.segment_rows_max,
            limits.segment_seconds_max,
            limits.free_bytes_min,
            append_seconds_max=limits.journal_seconds_max,
            on_commit=self._committed,
        )
        self._perch = perch_of(settings, name)
        self._front = Front(settings, self._journal, self._senders.current, self._perch)
        self._stopping, self._drained = threading.Event(), False
        self._server = Server(
            create_app(self._front), listener, limits, self._senders.current, self._count, straight(self._front)
        )

    def run(self, parent: int) -> None:
        """Serve until SIGTERM, SIGINT or the death of the parent, a pid; then drain, seal and return."""
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue of one is no news
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        stop_with_parent("ingest worker", parent)
        self._senders.watch()
        try:
            self._server.run()  # returns on the KeyboardInterrupt that the drain raises
        finally:
            self._journal.close()
            if self._perch:
                self._perch.close()
            traces.end()

    def _committed(self, deliveries: int, seconds: float) -> None:
        metrics.commit(deliveries, seconds)
        traces.done("journal commit", seconds, deliveries=deliveries)

    def _count(self, sender: str, code: str, body_bytes: int) -> None:
        self._journal.count_refusal(sender, code, body_bytes)
        metrics.refusal(sender, code)
        door.refused(sender, code, body_bytes)

    def _on_signal(self, number: int, _frame: object) -> None:
        if not self._stopping.is_set():
            self._stopping.set()
            threading.Thread(target=self._drain, daemon=True).start()
        elif number == signal.SIGINT and self._drained:
            raise KeyboardInterrupt

    def _drain(self) -> None:
        begun = time.monotonic()
        while not self._server.is_done and (taken := time.monotonic() - begun) < DRAIN_SECONDS_MAX:
            self._front.draining = taken > SERVE_SECONDS_MAX
            self._server.stop_soon()
            time.sleep(0.02)
        self._drained = True
        os.kill(os.getpid(), signal.SIGINT)


def command(
    fd: Annotated[int, typer.Option()], name: Annotated[str, typer.Option()], supervised: SupervisedOption
) -> None:
    """One worker process on an inherited socket, with the settings that the supervisor hands it on stdin."""
    with errors_in_words():
        handed = taken(sys.stdin.buffer)
        Worker(handed.settings, socket.socket(fileno=fd), name, handed.senders).run(supervised)


if __name__ == "__main__":
    typer.run(command)
