"""This module owns a house with one person among others, who is to be forgotten, and what is left of them."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
from journaling import Desk, click

from ingest.archive.settings import Retention
from ingest.archive.upkeep import Upkeep
from ingest.config import IngestSettings
from ingest.forgetting import erase
from ingest.forgetting.receipt import Receipt
from ingest.journal import segments
from ingest.segments.segment import Seal, SegmentReader
from ingest.store import Record, drain
from ingest.visitors.key import visitor_hash

DAY = datetime(2026, 11, 23, 10)  # noqa: DTZ001 (naive UTC)
KEY = b"a key"
WHO, OTHER = "visitor-4711-secret", "visitor-0815-other"
FBCLID, CLICK, SESSION, ORDER = "IwAR0fbclidOfOnePerson", "click-of-one-person", "session-of-one", "order-100731"
IDS = (WHO, FBCLID, CLICK, SESSION, ORDER, visitor_hash(KEY, WHO))
CONTENT = ("interactions", "reports", "settlements", "ads", "creative_variants", "creatives", "quarantine", "seen")


def theirs() -> list[dict[str, Any]]:
    """What one person did: rows that name the visitor, and rows that only share a click or an order."""
    page = f"/quiet-suvs?fbclid={FBCLID}&page=2"
    return [
        click("e1", visitor_id=WHO, click_id=CLICK, session_id=SESSION, click_ids={"fbclid": FBCLID},
              landing_page=page, network="facebook", properties={"email": "one@person.example"}),
        click(f"view-{CLICK}", type="landing_view", click_id=CLICK, landing_page=page),
        click("e3", type="conversion", visitor_id=WHO, transaction_id=ORDER, revenue="19.90", conversion_kind="lead"),
        click("e4", type="refund", transaction_id=ORDER, revenue="4.00"),
    ]  # fmt: skip


def others(number: int) -> list[dict[str, Any]]:
    """What somebody else did."""
    return [
        click(f"o{number}", visitor_id=f"{OTHER}-{number}", click_id=f"click-of-other-{number}"),
        click(f"p{number}", type="conversion", visitor_id=f"{OTHER}-{number}", transaction_id=f"order-other-{number}",
              revenue="7.00", conversion_kind="purchase", properties={"size": "M"}),
    ]  # fmt: skip


class House:
    """A desk with the settings that commands have."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder)
        self.data_dir = self.desk.data_dir
        self.settings = IngestSettings(
            base_dir=folder, data_dir=self.data_dir, senders={"shop": {"secrets": ["unused-but-long-enough"]}}
        )
        (self.data_dir / "visitor.key").write_bytes(KEY)
        self.said: list[str] = []

    def archive(self, days: int = 0) -> None:
        """Write what is pending to the archive."""
        with Record(self.desk.record_path) as record:
            Upkeep(self.data_dir, Retention()).seal(record.connection, DAY + timedelta(days=days))

    def forget(
        self, visitor: str | None = WHO, click_id: str | None = None, orders: bool = True, seal: bool = True
    ) -> Receipt:
        """Forget; `seal`: nothing is open then, so nothing has to be waited for."""
        if seal:
            self.desk.seal()
        person = erase.person_of(self.settings, visitor, click_id, orders)
        return erase.carry_out(self.settings, erase.begin(self.settings, person, "asked", orders), self.said.append)

    def rebuild(self) -> None:
        """Drop the record, and make it again from the archive and the journal."""
        self.desk.record_path.unlink()
        with Record(self.desk.record_path) as record:
            drain(record, self.desk.journal_dir)

    def content(self) -> dict[str, Any]:
        """All rows of the content tables, in an order of their own."""
        return {table: sorted(self.desk.query(f"select * from {table}"), key=repr) for table in CONTENT}


def built(folder: Path) -> Path:
    """One person among others, in the journal, in the record, in the archive; nothing is open. To be copied."""
    made = House(folder)
    made.desk.post(*theirs())
    made.desk.post(*others(1))
    made.desk.load()
    made.archive()
    made.desk.post(*theirs())  # sent again
    made.desk.post(*others(2))
    made.desk.load()
    made.archive(1)
    made.desk.journal.close()
    return folder


def holding(folder: Path, needles: tuple[str, ...]) -> list[str]:
    """The files under a folder in which one of these stands, byte by byte; databases and Parquet by their rows, too."""
    found = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file() and not each.is_symlink()):
        raw = path.read_bytes()
        texts = [raw, *(row.encode() for row in _rows(path))]
        found += [f"{path.relative_to(folder)}: {each}" for each in needles if any(each.encode() in t for t in texts)]
    return found


def seals_of(house: House) -> list[Seal | None]:
    """The seals of all segments, None for an open one."""
    found = []
    for path in segments(house.settings.journal_dir):
        with SegmentReader(path) as reader:
            found.append(reader.seal())
    return found


_TABLES = "select schema_name || '.' || table_name from duckdb_tables()"


def _rows(path: Path) -> list[str]:
    if path.suffix == ".parquet":
        return [str(row) for row in duckdb.execute("select * from read_parquet(?)", [str(path)]).fetchall()]
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = [row[0] for row in connection.execute(_TABLES).fetchall()]
            return [str(row) for table in tables for row in connection.execute(f"select * from {table}").fetchall()]
    return []
