"""This module owns deliveries without HTTP: items go through the door's own steps into a journal, then the record.

desk.post(click("1"), click("2"))
desk.load()
assert desk.query("select count(*) from interactions") == [(2,)]
"""

import itertools
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from looking import look

from ingest.config import IngestSettings, Sender
from ingest.delivery import Door, Limits
from ingest.door.passage import Passage
from ingest.door.request import Request
from ingest.journal import Journal, segments
from ingest.rejection import DeliveryRefusedError
from ingest.segments.segment import Delivery, SegmentReader
from ingest.senders.origin import origin
from ingest.store import Drained, Record, drain

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def click(identity: str, text: str | None = "Quiet SUVs of 2026", **more: Any) -> dict[str, Any]:
    """A click of an ad's text an hour before NOW."""
    item = {"id": identity, "type": "click", "occurred_at": "2026-11-23T08:00:00Z", "referrerAdCreative": text}
    return {key: value for key, value in (item | more).items() if value is not None}


def delivery() -> Delivery:
    """A delivery that nobody has seen."""
    number = next(_numbers)
    return Delivery(f"d{number}", number, "shop", "accepted", "msg", "application/json", b"\0" * 32, b"{}", "{}")


def ids(folder: Path) -> list[list[str]]:
    """The delivery ids of each segment, read by a connection of our own."""
    found = []
    for path in segments(folder):
        with SegmentReader(path) as reader:
            found.append([row.delivery.delivery_id for row in reader.after(0, 100_000)])
    return found


def seals(folder: Path) -> list[bool]:
    """Whether each segment is sealed."""
    found = []
    for path in segments(folder):
        with SegmentReader(path) as reader:
            found.append(reader.seal() is not None)
    return found


@contextmanager
def held_up(folder: Path) -> Iterator[None]:
    """The newest segment takes no commit meanwhile."""
    with sqlite3.connect(segments(folder)[-1], isolation_level=None) as connection:
        connection.execute("begin immediate")
        yield
        connection.execute("rollback")


def start(work: Callable[[], object]) -> threading.Thread:
    """A thread that is at work."""
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for a condition, but not for ever."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


class Desk:
    """A door without authentication, its journal and its record, in one folder."""

    def __init__(self, folder: Path, strict: bool = False, base_dir: Path | None = None, **sender: Any) -> None:
        """`sender` are settings of the senders, which are made as they post."""
        self.data_dir = folder / "data"
        self.journal_dir, self.record_path = self.data_dir / "journal", self.data_dir / "interactions.duckdb"
        are_pages = sender.get("profile") == "site_tag"
        held = {"origins": ("https://shop.example",)} if are_pages else {"secrets": ("unused-but-long-enough",)}
        self._sender = Sender.model_validate({**held, "strict": strict, **sender})
        self._base_dir = base_dir or folder  # own profiles lie in its `profiles`
        self._minutes = itertools.count()
        self._moment = NOW  # of the last delivery: refusals and seals get it too, so that no test grows old
        self.reopen()

    def __enter__(self) -> "Desk":
        return self

    def __exit__(self, _k: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self.journal.close()

    def reopen(self) -> None:
        """A new journal, so a new segment; the old one stays as it is."""
        self.journal = Journal(self.journal_dir, "w1", rows_max=10_000, seconds_max=3600, clock=self._now)
        self._door = Door(self.journal, b"a key", Limits(1 << 20, 1000))

    def _now(self) -> float:
        return self._moment.timestamp()

    def post(self, *items: Any, sender: str = "shop", message_id: str = "", body: bytes | None = None) -> Passage:
        """Put one delivery on disk, a second after the one before. A refusal stays in the passage's journal."""
        content = json.dumps(list(items)).encode() if body is None else body
        moment = NOW + timedelta(seconds=next(self._minutes))
        headers = {"content-type": "application/json", "webhook-id": message_id or f"msg_{next(_numbers)}"}
        return self.put(Request("POST", content, headers), moment, sender)

    def passage(self, request: Request, moment: datetime = NOW, sender: str = "shop") -> Passage:
        """One request before its first step."""
        known = origin(sender, self._sender, IngestSettings(base_dir=self._base_dir))
        return Passage(known, request, int(moment.timestamp() * 1_000_000))

    def put(self, request: Request, moment: datetime = NOW, sender: str = "shop") -> Passage:
        """Put one request on disk, as it is after authentication."""
        passage, self._moment = self.passage(request, moment, sender), moment
        for step in (self._door.decode, self._door.parse, self._door.journal):
            try:
                step(passage)
            except DeliveryRefusedError as error:
                passage.undecodable = error
        return passage

    def seal(self) -> None:
        """Close the segment with its seal, and go on in a new one."""
        self.journal.close()
        self.reopen()

    def load(self) -> Drained:
        """Drain the journal into the record."""
        with Record(self.record_path) as record:
            assert record.rebuilt is None  # damage is for tests that make some, and open the record themselves
            return drain(record, self.journal_dir)

    def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of the record, read-only."""
        with look(self.record_path) as connection:
            return connection.execute(sql, list(parameters)).fetchall()
