"""This module owns the segments that gathered deliveries arrive in: under the names, rows and chain of their node.

So the loader, the archive and the audit treat them as any other: a delivery is loaded once however often it is
gathered, and the chain that the node's door began is walked here to its end. They hold no bodies.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

from ingest.archive.layout import ArchiveError, Place
from ingest.archive.retention import has_connection
from ingest.segments.file import make
from ingest.segments.row import row_hash
from ingest.segments.segment import GENESIS, SUFFIX, Row, SegmentReader, SegmentWriter, link

AT_ONCE = 2000
_SEGMENT = re.compile(r"\w[\w.-]*\.sqlite")
Refusal = tuple[int, int, str, str, int, int]  # row, minute, sender, code, deliveries, bytes


class Arrivals:
    """One segment, to be added to; only the gathering machine's one gatherer writes it."""

    def __init__(self, path: Path) -> None:
        """Make it where it is missing. Raises sqlite3.Error, OSError."""
        if not path.exists():
            make(path, is_gathered=True)
        self._name, self.late = path.name, list[Row]()
        self._connection = sqlite3.connect(f"file:{path}?mode=rw", uri=True, isolation_level=None, timeout=10)
        self._connection.execute("pragma synchronous=full")
        found = self._connection.execute("select row, chain from deliveries order by row desc limit 1").fetchone()
        self.row: int = found[0] if found else 0
        self.chain: bytes = found[1] if found else GENESIS

    def __enter__(self) -> "Arrivals":
        return self

    def __exit__(self, _k: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self._connection.close()

    def add(self, rows: Sequence[Row]) -> int:
        """Add rows, in their order, in one transaction; returns how many are new. Raises ArchiveError.

        Those that are here already are held against their chain and passed over. One that is not, and that others
        follow here, was damaged when its node sealed it first: it is kept in `late`.
        """
        known = [each for each in rows if each.row <= self.row]
        if known:
            self._look_at(known)
        new, row, chain = [each for each in rows if each.row > self.row], self.row, self.chain
        for each in new:
            if each.row == row + 1 and link(chain, each.delivery) != each.chain:
                raise ArchiveError(f"{self._name} does not go on from row {row}: another segment has the same name")
            row, chain = each.row, each.chain
        self._connection.execute("begin immediate")
        self._connection.executemany(
            "insert into deliveries values (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", (_values(each) for each in new)
        )
        self._connection.execute("commit")
        self.row, self.chain = row, chain
        return len(new)

    def refuse(self, refusals: Iterable[Refusal]) -> None:
        """Add counted refusals that are not here yet, in one transaction."""
        (last,) = self._connection.execute("select coalesce(max(row), 0) from refusals").fetchone()
        self._connection.execute("begin immediate")
        self._connection.executemany(
            "insert into refusals values (?,?,?,?,?,?)", [each for each in refusals if each[0] > last]
        )
        self._connection.execute("commit")

    def end(self, place: Place | None) -> bool:
        """Seal it, for its node adds nothing more; whether it is whole. `place`: where it ends, if known."""
        if place is not None and place.row and (self.row, self.chain.hex()) != (place.row, place.chain):
            return False
        if self._connection.execute("select count(*) from seal").fetchone() == (0,):
            self._connection.execute("insert into seal values (?,?,0)", (self.row, self.chain))
            self._connection.execute("pragma wal_checkpoint(truncate)")
        return True

    def _look_at(self, rows: Sequence[Row]) -> None:
        query = "select row, chain from deliveries where row between ? and ?"
        here = dict(self._connection.execute(query, (rows[0].row, rows[-1].row)).fetchall())
        for each in rows:
            if each.row not in here:
                self.late.append(each)
            elif here[each.row] != each.chain:
                raise ArchiveError(f"{self._name} row {each.row} is another one here")


def segment_path(journal: Path, segment: str) -> Path:
    """Where a segment is here. Raises ArchiveError for a name that would lead out of the journal."""
    if not _SEGMENT.fullmatch(segment):
        raise ArchiveError(f"{segment!r} is no name of a segment")
    return journal / segment


def arrive_late(journal: Path, segment: str, row: Row) -> int:
    """Put a row whose place in its segment is passed into a segment of its own, once; returns how many are new."""
    path = journal / f"late-{hashlib.sha256(f'{segment} {row.row}'.encode()).hexdigest()[:16]}{SUFFIX}"
    if path.exists() and last_row(path):
        return 0
    path.unlink(missing_ok=True)  # a kill left it without the row
    writer = SegmentWriter(path)
    writer.append([row.delivery])
    writer.seal(0)
    return 1


def is_open(path: Path) -> bool:
    """Whether gathered deliveries may be added to a segment: it is not here yet, or nobody sealed it or writes it.

    One of our own that its writer left, as it comes back from a backup, is gone on with, too.
    """
    if not path.exists():
        return True
    with SegmentReader(path) as reader:
        is_sealed, is_gathered = reader.seal() is not None, reader.is_gathered()
    return not is_sealed and (is_gathered or not has_connection(path))


def last_row(path: Path) -> int:
    """The last row of a segment that is here."""
    with SegmentReader(path) as reader:
        return reader.last_row()


def _values(row: Row) -> tuple[object, ...]:
    each = row.delivery
    return (
        row.row, each.delivery_id, each.received_at, each.sender, each.disposition, each.message_id,
        each.content_type, each.body_hash, None, each.items, row.chain, each.request, row_hash(each), None,
    )  # fmt: skip
