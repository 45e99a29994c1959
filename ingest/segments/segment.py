"""This module owns one journal segment: a SQLite file written by exactly one process, and its hash chain.

SQLite in WAL mode with `synchronous=FULL`: a commit returns after its fsync. Every row carries a hash over
the previous row's hash, its delivery id, the hash of its body and its time, so a hole in the middle is seen; and
a checksum over all else that stands in it, so a flipped byte is. A body may be redacted: the chain stays as it was.
"""

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ingest.durable import fsync
from ingest.segments.file import GATHERED, make
from ingest.segments.row import GENESIS, Delivery, Row, link, read_row, row_hash
from ingest.segments.salvage import text

__all__ = ["GENESIS", "SUFFIX", "Delivery", "Row", "Seal", "SegmentReader", "SegmentWriter", "link", "redact"]

SUFFIX = ".sqlite"
_VALUES = "(?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
_COLUMN_COUNT = _VALUES.count("?")
_ROWS_AT_ONCE = 32  # rows of one statement; there are as many statements as there are sizes of groups below
_COLUMNS = "row, delivery_id, received_at, sender, disposition, message_id, content_type, body_hash, body, items"
_ADDED = {"request": "''", "redacted_at": "null", "row_hash": "null"}  # what segments of earlier versions lack


class SegmentWriter:
    """Appends to a new segment. Not thread-safe: one thread of one process owns it."""

    def __init__(self, path: Path) -> None:
        """Create the file aside, make it durable, then give it its name: readers never see half a schema."""
        self.path = path
        self.rows = 0
        self._chain = GENESIS
        make(path)
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("pragma synchronous=full")
        self._connection.execute("pragma wal_autocheckpoint=4000")
        self._connection.execute("select count(*) from seal").fetchone()  # makes the WAL: its name must last, too
        fsync(path.parent)

    def append(self, deliveries: Sequence[Delivery], refusals: Iterable[tuple[int, str, str, int, int]] = ()) -> None:
        """Write deliveries in one transaction; on return they are on disk. Raises sqlite3.Error."""
        chain, rows, values = self._chain, self.rows, list[Any]()
        for delivery in deliveries:
            rows += 1
            chain = link(chain, delivery)
            values += (
                rows, delivery.delivery_id, delivery.received_at, delivery.sender, delivery.disposition,
                delivery.message_id, delivery.content_type, delivery.body_hash, delivery.body,
                delivery.items, chain, delivery.request, row_hash(delivery), delivery.redacted_at,
            )  # fmt: skip
        refused = list(refusals)
        if len(deliveries) <= _ROWS_AT_ONCE and not refused:
            self._insert(values)  # a statement alone is a transaction
        else:
            self._connection.execute("begin immediate")
            step = _ROWS_AT_ONCE * _COLUMN_COUNT
            for start in range(0, len(values), step):
                self._insert(values[start : start + step])
            self._connection.executemany(
                "insert into refusals(minute, sender, code, deliveries, bytes) values (?,?,?,?,?)", refused
            )
            self._connection.execute("commit")
        self._chain, self.rows = chain, rows

    def _insert(self, values: list[Any]) -> None:
        """Insert rows by one statement.

        Row by row, the writer let the interpreter go twice a row, and waited for each handler that took it.
        """
        if values:
            rows = ",".join([_VALUES] * (len(values) // _COLUMN_COUNT))
            self._connection.execute(f"insert into deliveries values {rows}", values)  # noqa: S608 (question marks)

    def seal(self, sealed_at: int) -> None:
        """Write the count and the chain's head, and fold the WAL into the file: nothing follows."""
        self._connection.execute("insert into seal values (?,?,?)", (self.rows, self._chain, sealed_at))
        self._connection.execute("pragma wal_checkpoint(truncate)")
        self._connection.close()

    def abandon(self) -> None:
        """Close without a seal: after a failed fsync a segment is never written again."""
        self._connection.close()


@dataclass(frozen=True, slots=True)
class Seal:
    """The end of a segment: how many rows, and the last chain hash."""

    rows: int
    chain: bytes


class SegmentReader:
    """Reads a segment, also while its writer is at work."""

    def __init__(self, path: Path) -> None:
        """Open for reading. Raises sqlite3.Error where the file is damaged."""
        self.path = path
        self._connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
        self._connection.text_factory = text
        self._select = _select(self._connection)

    def __enter__(self) -> "SegmentReader":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def after(self, row: int, limit: int) -> Iterator[Row]:
        """The rows after `row`, in order, at most `limit`."""
        cursor = self._connection.execute(f"{self._select} where row > ? order by row limit ?", (row, limit))
        for found in cursor:
            yield read_row(found)

    def newest(self, limit: int, sender: str | None = None) -> list[Row]:
        """The last rows (of one sender), the newest first."""
        query = f"{self._select} where sender = coalesce(?, sender) order by row desc limit ?"
        return [read_row(found) for found in self._connection.execute(query, (sender, limit))]

    def chain_at(self, row: int) -> bytes | None:
        """The chain hash of a row, GENESIS for 0, None where the row is gone."""
        if row == 0:
            return GENESIS
        found = self._connection.execute("select chain from deliveries where row = ?", (row,)).fetchone()
        return found[0] if found else None

    def receipts(self) -> list[tuple[str, bytes]]:
        """What was acknowledged: every delivery's id, and the hash of its body as it was received."""
        return self._connection.execute("select delivery_id, body_hash from deliveries order by row").fetchall()

    def find(self, what: str) -> Row | None:
        """One delivery by its id, or by the id that its sender gave the webhook."""
        query = f"{self._select} where delivery_id = ?1 or message_id = ?1 order by row limit 1"
        found = self._connection.execute(query, (what,)).fetchone()
        return read_row(found) if found else None

    def replay_of(self, delivery_id: str) -> str | None:
        """The id of the last delivery here that reads this one again."""
        query = f"{self._select} where disposition = 'replay' and request like ? order by row desc limit 1"
        found = self._connection.execute(query, (f'%"delivery_id":"{delivery_id}"%',)).fetchone()
        return read_row(found).delivery.delivery_id if found else None

    def refusals_after(self, row: int) -> list[tuple[int, int, str, str, int, int]]:
        """Counted refusals after `row`: (row, minute, sender, code, deliveries, bytes)."""
        return self._connection.execute("select * from refusals where row > ? order by row", (row,)).fetchall()

    def last_row(self) -> int:
        """The number of the last row, 0 for an empty segment."""
        return int(self._connection.execute("select coalesce(max(row), 0) from deliveries").fetchone()[0])

    def is_gathered(self) -> bool:
        """Whether it holds what another node took (`ingest.nodes`): without bodies, added to until it is sealed."""
        return bool(self._connection.execute("pragma user_version").fetchone()[0] == GATHERED)

    def seal(self) -> Seal | None:
        """The seal, or None while the segment is open or its writer died."""
        found = self._connection.execute("select rows, chain from seal").fetchone()
        return Seal(*found) if found else None


def redact(path: Path, row: int, body: bytes | None, items: str, request: str) -> None:
    """Rewrite what one row keeps, in one transaction: its body's hash and the chain stay, and it says `redacted_at`.

    Only for segments that no writer has open. A row that is damaged stays so, for its other columns are not vouched
    for. What stood there is overwritten on the disk too. Raises LookupError for a row that is not there, sqlite3.Error.
    """
    connection = sqlite3.connect(f"file:{path}?mode=rw", uri=True, isolation_level=None, timeout=5)
    try:
        connection.text_factory = text
        for pragma in ("secure_delete=on", "synchronous=full"):
            connection.execute(f"pragma {pragma}")
        connection.execute("begin immediate")
        columns = {each[1] for each in connection.execute("pragma table_info(deliveries)")}
        for name, kind in (("row_hash", "blob"), ("redacted_at", "integer"), ("request", "text not null default ''")):
            if name not in columns:
                connection.execute(f"alter table deliveries add column {name} {kind}")
        found = connection.execute(f"{_select(connection)} where row = ?", (row,)).fetchone()
        if found is None:
            raise LookupError(f"{path.name} has no row {row}.")
        before, now = read_row(found), time.time_ns() // 1000
        after = replace(before.delivery, body=body, items=items, request=request, redacted_at=now)
        connection.execute(
            "update deliveries set body = ?, items = ?, request = ?, redacted_at = ?, row_hash = ? where row = ?",
            (body, items, request, now, row_hash(after) if before.whole else before.row_hash, row),
        )
        connection.execute("commit")
        connection.execute("pragma wal_checkpoint(truncate)")
    finally:
        connection.close()


def _select(connection: sqlite3.Connection) -> str:
    columns = {row[1] for row in connection.execute("pragma table_info(deliveries)")}
    added = ", ".join(name if name in columns else default for name, default in _ADDED.items())
    return f"select {_COLUMNS}, {added}, chain from deliveries"  # noqa: S608 (our own names)
