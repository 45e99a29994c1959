"""This module owns the relay: what a sender with `relay_to` got its 200 for goes on to that address, after the answer.

So whichad can take the one callback address that a feed offers, and pass every delivery on to whoever sat there
before. It is durable (the journal is the queue, `relay.sqlite` the place in it) and at least once: after a kill the
last deliveries may arrive twice, with the same `Whichad-Receipt`. Tests, replays, and what was relayed to us stay here.

A sender that gets a `relay_to` is relayed from that moment on; its history is sent only when asked for, by
`whichad ingest relay retry <sender> --since <time>`. The same holds where `relay.sqlite` was lost.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from ingest import logs
from ingest.config import IngestSettings
from ingest.holding import HeldError, hold
from ingest.relaying.book import NAME, Book
from ingest.relaying.follow import Follower
from ingest.relaying.lane import Lane
from ingest.relaying.patience import Patience
from ingest.senders.current import Senders
from ingest.senders.origin import Origin

LOCK = "relay.lock"
POLL_SECONDS = 0.2
STOP_SECONDS = 20.0  # the supervisor kills after 30


class Relay:
    """The relay process: follows the journal in its own thread, and delivers in a lane per sender."""

    def __init__(
        self,
        settings: IngestSettings,
        since: int | None = None,
        patience: Patience | None = None,
        ready: Mapping[str, Origin] | None = None,
        began: Callable[[], object] = lambda: None,
    ) -> None:
        """`since` (unix microseconds): when the door opened; what came before is history to a new sender.

        `ready`: the senders, where the supervisor handed them over; `began` is called once this is the only relay.
        """
        self._began = began
        self._settings, self._patience = settings, patience or Patience()
        self._since = time.time_ns() // 1000 if since is None else since
        self._senders = Senders(settings, ready, "relay")
        self._lanes: dict[str, Lane] = {}
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Let `run` return once what is on its way was answered."""
        self._stopping.set()

    def run(self) -> None:
        """Relay until `stop`. Raises sqlite3.Error and OSError; what is not delivered stays in the journal."""
        self._settings.journal_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = self._wait_for_lock()
        if lock is None:
            return
        self._began()
        with lock:
            book = Book(self._settings.data_dir / NAME)
            if book.news:
                _say(f"{book.news}: senders are relayed from now on; what came before is not sent again")
            try:
                self._work(book)
            finally:
                book.close()

    def _work(self, book: Book) -> None:
        follower = Follower(self._settings.journal_dir, book, _say)
        self._senders.watch()
        try:
            while not self._stopping.is_set():
                self._arrange(book)
                if follower.step(self._stopping.is_set):
                    for lane in self._lanes.values():
                        lane.wake()
                self._stopping.wait(POLL_SECONDS)
        finally:
            self._senders.stop()
            self._end(list(self._lanes.values()))
        follower.note()

    def _arrange(self, book: Book) -> None:
        """A lane for every sender that is to be relayed now, and for no other."""
        wanted = relayed(self._senders.current())
        known = book.beginnings()
        for name in [name for name in self._lanes if name not in wanted]:
            self._end([self._lanes.pop(name)])
        for name in known.keys() - wanted.keys():
            book.end(name)
        for name, origin in wanted.items():
            if name not in known:
                book.begin(name, self._moment())
            if name not in self._lanes:
                self._lanes[name] = Lane(self._settings.journal_dir, book, origin, self._patience, _say)
                self._lanes[name].start()
            self._lanes[name].point(origin)
            if (broken := self._lanes[name].broken) is not None:
                raise broken

    def _moment(self) -> int:
        """When a sender that is new to the book got its `relay_to`: with the last change of whichad.toml."""
        path = self._settings.config_path
        changed_at = path.stat().st_mtime_ns // 1000 if path and path.exists() else 0
        return min(max(self._since, changed_at), time.time_ns() // 1000)

    def _wait_for_lock(self) -> IO[str] | None:
        """The lock that keeps a second relay from sending everything twice; None where we are to stop first."""
        said = False
        while not self._stopping.is_set():
            try:
                return hold(self._settings.data_dir / LOCK)
            except HeldError as error:
                if not said:
                    _say(f"another relay ({error.holder}) is at work on this data; waiting for its end")
                said = True
                self._stopping.wait(POLL_SECONDS)
        return None

    def _end(self, lanes: list[Lane]) -> None:
        for lane in lanes:
            lane.stop()
        deadline = time.monotonic() + STOP_SECONDS
        for lane in lanes:
            lane.join(max(0.1, deadline - time.monotonic()))


def relayed(senders: Mapping[str, Origin]) -> dict[str, Origin]:
    """The senders that go on to another address."""
    return {name: origin for name, origin in senders.items() if origin.sender.relay_to}


def command(config: Path | None, since: int) -> list[str]:
    """The command line of the relay as a child process."""
    more = ["--config", str(config)] if config is not None else []
    supervised = ["--supervised", str(os.getpid())]
    return [sys.executable, "-m", "ingest", "relay", "run", *supervised, "--since", str(since), *more]


def _say(sentence: str) -> None:
    logs.say("relay", sentence)
