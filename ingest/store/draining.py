"""This module owns the drain: journal rows become rows of the record, with their position, in one transaction."""

import sqlite3
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from ingest import logs
from ingest.archive.layout import Archive, ArchiveError, Place
from ingest.archive.reading import place_of
from ingest.journal import segments
from ingest.segments.backlog import caught_up
from ingest.segments.holes import Watch, readable
from ingest.segments.segment import GENESIS, Row, Seal, SegmentReader, link
from ingest.store.commit import CHUNK_ROWS_MAX, Chunk, Position, Refusal, commit
from ingest.store.counting import count
from ingest.store.record import Record

_watch = Watch()


@dataclass(slots=True)
class Drained:
    """What one drain did. `more`: its time was over before the journal was."""

    deliveries: int = 0
    items: int = 0
    more: bool = False
    damaged: list[str] = field(default_factory=list)


def drain(record: Record, journal: Path, seconds_max: float | None = None) -> Drained:
    """Load what the journal holds beyond the record's positions. Each transaction is whole or absent.

    Where deliveries keep coming as fast as they are loaded, `seconds_max` ends it between two transactions.
    """
    done = Drained()
    positions = _positions(record.connection)
    _note_missing(positions, segments(journal), done)
    archive = Archive(record.path.parent)
    deadline = None if seconds_max is None else time.monotonic() + seconds_max
    while not done.more:
        chunk, began_ns = Chunk(), time.time_ns()
        for path in segments(journal):
            if chunk.full:
                break
            _read_segment(path, positions, archive, chunk, done)
        if not chunk.positions:
            caught_up(journal, began_ns)
            return done
        if chunk.rows or chunk.refusals:
            done.deliveries += len(chunk.rows)
            done.items += commit(record.connection, chunk)
            count(record.connection, chunk, began_ns)
        else:
            commit(record.connection, chunk)
        positions |= chunk.positions
        if not chunk.full:  # what comes meanwhile is the next drain's: for ten deliveries a transaction takes 0.1 s
            caught_up(journal, began_ns)
            return done
        done.more = deadline is not None and time.monotonic() > deadline
    return done


def _positions(connection: duckdb.DuckDBPyConnection) -> dict[str, Position]:
    rows = connection.execute(
        "select segment, row, chain, refusal_row, sealed, removed_at is not null from positions"
    ).fetchall()
    return {segment: Position(*rest) for segment, *rest in rows}


def _note_missing(positions: dict[str, Position], there: list[Path], done: Drained) -> None:
    """A segment that is gone and that the retention did not delete is said as long as it is so."""
    names = {path.name for path in there}
    for name, position in positions.items():
        if name not in names and not position.removed:
            what = f"is gone from the journal; the {position.row} deliveries loaded of it stay in the record"
            advice = "Restore it from a backup; where the archive holds it all, it is let go after raw_days"
            _say_damaged(done, name, f"{what}. {advice}")


def _read_segment(path: Path, positions: dict[str, Position], archive: Archive, chunk: Chunk, done: Drained) -> None:
    position = positions.get(path.name)
    if position is not None and (position.sealed or position.removed):
        return
    source = _source(path, done)
    try:
        with SegmentReader(source) as reader:
            if position is None:  # a segment that was deleted and came back from a backup is loaded already
                position = _archived(archive, path.name, next(reader.after(0, 1), None), done)
                if position.archived:
                    chunk.positions[path.name] = position
            if reader.chain_at(position.row) != position.chain:
                _say_damaged(
                    done, path.name, f"row {position.row} is not the one that was loaded; loading it all again"
                )
                position = replace(position, row=0, chain=GENESIS)  # deliveries have ids, refusals none
            _read_rows(path, reader, position, chunk, done)
    except sqlite3.Error as error:
        _say_damaged(done, path.name, f"cannot be read ({error})")


def _source(path: Path, done: Drained) -> Path:
    """Where a segment is read: it itself, but where its WAL has a hole that SQLite would not speak of."""
    said = _watch.look(path)
    if said is None:
        return path
    try:
        source, sentence = readable(path, said)
    except OSError as error:
        source, sentence = path, f"{said}; no copy can be made ({error.strerror})"
    _say_damaged(done, path.name, sentence)
    return source


def _archived(archive: Archive, segment: str, first: Row | None, done: Drained) -> Position:
    try:
        place = place_of(archive, segment, first)
    except ArchiveError as error:  # loading goes on; what comes twice is a duplicate
        _say_damaged(done, segment, f"may be in the archive already: {error}")
        place = Place(segment, 0, "", 0)
    if not place.row and not place.refusal_row:
        return Position(0, GENESIS, 0, False)
    chain = bytes.fromhex(place.chain) if place.row else GENESIS
    return Position(place.row, chain, place.refusal_row, False, archived=place)


def _read_rows(path: Path, reader: SegmentReader, position: Position, chunk: Chunk, done: Drained) -> None:
    """Add what follows a position to the chunk. Damage is said, and what can be read is loaded."""
    seal = reader.seal()  # before the rows: what was sealed then has all its rows now
    row, chain = position.row, position.chain
    refusals: list[Refusal] = []
    try:
        for found in reader.after(row, CHUNK_ROWS_MAX):
            if found.row != row + 1 or link(chain, found.delivery) != found.chain:
                _say_damaged(
                    done, path.name, f"does not go on from row {row} to row {found.row}; rows are lost or changed"
                )
            if not found.whole:
                what = f"row {found.row} is not as it was written; it stands in the quarantine as damaged"
                _say_damaged(done, path.name, what)
            chunk.add(path.name, found)
            row, chain = found.row, found.chain
            if chunk.full:
                break
        refusals = reader.refusals_after(position.refusal_row)
    except sqlite3.Error as error:
        _say_damaged(done, path.name, f"cannot be read beyond row {row} ({error})")
    chunk.refusals += refusals
    refusal_row = refusals[-1][0] if refusals else position.refusal_row
    sealed = seal is not None and not chunk.full and _ends_as_sealed(path, seal, row, chain, done)
    if row != position.row or refusals or sealed:
        chunk.positions[path.name] = replace(position, row=row, chain=chain, refusal_row=refusal_row, sealed=sealed)


def _ends_as_sealed(path: Path, seal: Seal, row: int, chain: bytes, done: Drained) -> bool:
    if (row, chain) != (seal.rows, seal.chain):
        _say_damaged(done, path.name, f"ends at row {row}, but was sealed with {seal.rows} rows")
        return False
    return True


def _say_damaged(done: Drained, name: str, what: str) -> None:
    if f"{name}: {what}" in done.damaged:
        return
    done.damaged.append(f"{name}: {what}")
    logs.say("refresh", f"segment {name} {what}")
