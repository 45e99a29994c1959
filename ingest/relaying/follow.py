"""This module owns following the journal: what is to be relayed goes from its segments into the relay's book.

Segments are read while they are written. Damage is said, and what cannot be read is skipped.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ingest.relaying.book import NEVER, Beginning, Book, Place
from ingest.relaying.kept import is_damage, is_relayed
from ingest.segments.segment import SUFFIX, Row, SegmentReader

CHUNK = 500
HOLE_ROWS_MAX = 2000  # so many unreadable rows in a row end a segment
SETTLED_NS = 2_000_000_000  # a file may change twice within one tick of its clock, so young ones are read again
NOTE_SECONDS = 10.0
CLOCK_MICROSECONDS = 60_000_000  # received_at grows along a segment, but for what a clock is set back
_State = tuple[tuple[int, int], ...]


class Follower:
    """Reads the journal beyond the book's positions; one thread owns it."""

    def __init__(self, journal: Path, book: Book, say: Callable[[str], None]) -> None:
        """`say` hears of damage."""
        self._journal, self._book, self._say = journal, book, say
        self._positions = book.positions()
        self._beginnings = book.beginnings()
        self._seen: dict[str, _State] = {}
        self._unnoted: dict[str, int] = {}
        self._noted_at = time.monotonic()
        self._said: set[str] = set()

    def step(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Read what is new; returns how many deliveries were noted for relaying."""
        self._beginnings, taken = self._book.beginnings(), 0
        for sender, beginning in self._beginnings.items():
            if beginning.asked_since is not None:
                taken += self._reach_back(sender, beginning, beginning.asked_since)
        self._beginnings = self._book.beginnings()
        for name in self._changed():
            taken += self._read(name, stopping)
        if time.monotonic() - self._noted_at > NOTE_SECONDS:
            self.note()
        return taken

    def note(self) -> None:
        """Write down positions that moved without anything to relay; not worth an fsync each time."""
        self._noted_at = time.monotonic()
        if self._unnoted:
            self._book.take([(name, row, False) for name, row in self._unnoted.items()], [])
            self._unnoted.clear()

    def _changed(self) -> Iterator[str]:
        """The names of segments that may hold rows beyond their position."""
        names = {entry.name for entry in os.scandir(self._journal) if entry.name.endswith(SUFFIX)}
        gone = [name for name in self._positions if name not in names]
        if gone:
            self._book.forget(gone)
            for name in gone:
                self._positions.pop(name)
                self._unnoted.pop(name, None)
                self._seen.pop(name, None)
        for name in sorted(names):
            if self._positions.get(name, (0, False))[1]:
                continue
            state = _state(self._journal / name)
            young = any(time.time_ns() - mtime < SETTLED_NS for mtime, _ in state)
            if young or state != self._seen.get(name):
                self._seen[name] = state
                yield name

    def _read(self, name: str, stopping: Callable[[], bool]) -> int:
        taken = 0
        try:
            with SegmentReader(self._journal / name) as reader:
                seal = reader.seal()  # before the rows: once it stands, all of them do
                row = self._positions[name][0] if name in self._positions else self._entrance(reader)
                if reader.is_gathered():  # the node that took it sends it on, from the body that only it has
                    row = reader.last_row()
                while not stopping() and (rows := self._rows(reader, row)):
                    places = [_place(name, each) for each in rows if self._is_due(each)]
                    self._move(name, row := rows[-1].row, False, places)
                    taken += len(places)
                if seal is not None and not stopping():
                    if row < seal.rows:
                        self._tell(f"{name} ends at row {row}, but was sealed with {seal.rows} rows")
                    self._move(name, row, True, [])
        except sqlite3.Error as error:
            if is_damage(error):
                self._tell(f"{name} is damaged ({error}); what cannot be read is not relayed")
            else:  # locked, or gone meanwhile: looked at again
                self._seen.pop(name, None)
                self._tell(f"{name} cannot be read now ({error})")
        return taken

    def _entrance(self, reader: SegmentReader) -> int:
        """Where an unknown segment begins to matter: after its end if that is older than every sender's beginning."""
        begun_at = min((each.begun_at for each in self._beginnings.values()), default=NEVER)
        try:
            last = next(iter(reader.newest(1)), None)
        except sqlite3.Error as error:  # its end is damaged; the rest may be whole
            if not is_damage(error):
                raise
            return 0
        return last.row if last and last.delivery.received_at < begun_at - CLOCK_MICROSECONDS else 0

    def _move(self, name: str, row: int, done: bool, places: list[Place]) -> None:
        self._positions[name] = row, done
        if places or done:
            self._book.take([(name, row, done)], places)
            self._unnoted.pop(name, None)
        else:
            self._unnoted[name] = row

    def _is_due(self, found: Row) -> bool:
        beginning = self._beginnings.get(found.delivery.sender)
        return beginning is not None and found.delivery.received_at >= beginning.begun_at and is_relayed(found.delivery)

    def _rows(self, reader: SegmentReader, row: int) -> list[Row]:
        """The next rows; holes in between are said."""
        try:
            rows = list(reader.after(row, CHUNK))
        except sqlite3.Error as error:
            if not is_damage(error):
                raise
            self._tell(f"{reader.path.name} is damaged ({error}); what cannot be read is not relayed")
            rows = _one_by_one(reader, row)
        before = row
        for each in rows:
            if each.row != before + 1:
                self._tell(f"{reader.path.name} lost rows {before + 1} to {each.row - 1}; they are not relayed")
            before = each.row
        return rows

    def _reach_back(self, sender: str, beginning: Beginning, since: int) -> int:
        """Note the history of one sender: what was read already, and received in [since, its beginning)."""
        places = []
        for name, (last, done) in sorted(self._positions.items()):
            try:
                with SegmentReader(self._journal / name) as reader:
                    newest = None if reader.is_gathered() else next(iter(reader.newest(1)), None)
                    if newest is None or newest.delivery.received_at < since - CLOCK_MICROSECONDS:
                        continue
                    row = 0
                    while rows := self._rows(reader, row):
                        row = rows[-1].row
                        places += [
                            _place(name, each) for each in rows
                            if each.delivery.sender == sender and (done or each.row <= last)
                            and since <= each.delivery.received_at < beginning.begun_at and is_relayed(each.delivery)
                        ]  # fmt: skip
            except sqlite3.Error as error:
                self._tell(f"{name} cannot be read ({error}); what it held is not relayed")
        self._book.reach_back(sender, since, places)
        return len(places)

    def _tell(self, sentence: str) -> None:
        if sentence not in self._said:
            self._said.add(sentence)
            self._say(sentence)


def _one_by_one(reader: SegmentReader, row: int) -> list[Row]:
    """Rows around a damaged place, each by itself."""
    found: list[Row] = []
    missed = 0
    while len(found) < CHUNK and missed < HOLE_ROWS_MAX:
        try:
            each = next(reader.after(row, 1), None)
        except sqlite3.Error as error:
            if not is_damage(error):
                raise
            row, missed = row + 1, missed + 1
            continue
        if each is None:
            break
        found.append(each)
        row, missed = each.row, 0
    return found


def _place(name: str, found: Row) -> Place:
    return Place(found.delivery.sender, name, found.row, found.delivery.received_at)


def _state(path: Path) -> _State:
    """Time and size of a segment and its WAL."""
    found = []
    for file in (path, path.with_name(path.name + "-wal")):
        try:
            stat: os.stat_result | None = file.stat()
        except OSError:
            stat = None
        found.append((stat.st_mtime_ns, stat.st_size) if stat else (0, 0))
    return tuple(found)
