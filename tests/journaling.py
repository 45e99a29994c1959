"""This module owns deliveries without HTTP: items go through the door's own steps into a journal, then the record.

desk.post(click("1"), click("2"))
desk.load()
assert desk.query("select count(*) from interactions") == [(2,)]
"""

import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from ingest.config import Sender
from ingest.delivery import Door, Limits, Origin, Passage
from ingest.journal import Journal
from ingest.profile import profile
from ingest.rejection import DeliveryRefusedError
from ingest.store import Drained, Record, drain, read_record

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def click(identity: str, text: str | None = "Quiet SUVs of 2026", **more: Any) -> dict[str, Any]:
    """A click of an ad's text an hour before NOW."""
    item = {"id": identity, "type": "click", "occurred_at": "2026-11-23T08:00:00Z", "referrerAdCreative": text}
    return {key: value for key, value in (item | more).items() if value is not None}


class Desk:
    """A door without authentication, its journal and its record, in one folder."""

    def __init__(self, folder: Path, strict: bool = False, **sender: Any) -> None:
        """`sender` are settings of the senders, which are made as they post."""
        self.data_dir = folder / "data"
        self.journal_dir, self.record_path = self.data_dir / "journal", self.data_dir / "interactions.duckdb"
        self._sender = Sender(secrets=("unused",), strict=strict, **sender)
        self._minutes = itertools.count()
        self.reopen()

    def __enter__(self) -> "Desk":
        return self

    def __exit__(self, _k: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self.journal.close()

    def reopen(self) -> None:
        """A new journal, so a new segment; the old one stays as it is."""
        self.journal = Journal(self.journal_dir, "w1", rows_max=10_000, seconds_max=3600)
        self._door = Door(self.journal, b"a key", Limits(1 << 20, 1000))

    def post(self, *items: Any, sender: str = "shop", message_id: str = "", body: bytes | None = None) -> Passage:
        """Put one delivery on disk, a second after the one before. A refusal stays in the passage's journal."""
        content = json.dumps(list(items)).encode() if body is None else body
        moment = NOW + timedelta(seconds=next(self._minutes))
        headers = {"content-type": "application/json", "webhook-id": message_id or f"msg_{next(_numbers)}"}
        origin = Origin(sender, self._sender, profile("standard"), (b"unused",))
        passage = Passage(origin, headers, content, int(moment.timestamp() * 1_000_000))
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
        with read_record(self.record_path) as connection:
            return connection.execute(sql, list(parameters)).fetchall()
