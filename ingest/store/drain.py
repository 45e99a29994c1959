"""This module owns the drain: journal rows become rows of the record, with their position, in one transaction."""

import sqlite3
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest.backlog import caught_up
from ingest.envelope import replayed_by
from ingest.journal import segments
from ingest.segment import GENESIS, Delivery, Row, Seal, SegmentReader, link
from ingest.store.identity import refresh_identity
from ingest.store.record import Record
from ingest.store.steps import is_superseding, load_batch

CHUNK_CHARS_MAX = 32 << 20
CHUNK_ROWS_MAX = 4000


@dataclass(slots=True)
class Drained:
    """What one drain did. `more`: its time was over before the journal was."""

    deliveries: int = 0
    items: int = 0
    more: bool = False
    damaged: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Position:
    row: int
    chain: bytes
    refusal_row: int
    sealed: bool


@dataclass(slots=True)
class _Chunk:
    rows: list[Row] = field(default_factory=list)
    refusals: list[tuple[int, int, str, str, int, int]] = field(default_factory=list)
    positions: dict[str, _Position] = field(default_factory=dict)
    chars: int = 0

    @property
    def full(self) -> bool:
        return self.chars >= CHUNK_CHARS_MAX or len(self.rows) >= CHUNK_ROWS_MAX


def drain(record: Record, journal: Path, seconds_max: float | None = None) -> Drained:
    """Load what the journal holds beyond the record's positions. Each transaction is whole or absent.

    Where deliveries keep coming as fast as they are loaded, `seconds_max` ends it between two transactions.
    """
    done = Drained()
    positions = _positions(record.connection)
    deadline = None if seconds_max is None else time.monotonic() + seconds_max
    while not done.more:
        chunk, began_ns = _Chunk(), time.time_ns()
        for path in segments(journal):
            if chunk.full:
                break
            _read_segment(path, positions, chunk, done)
        if not chunk.positions:
            caught_up(journal, began_ns)
            return done
        if chunk.rows or chunk.refusals:
            done.deliveries += len(chunk.rows)
            done.items += _commit(record.connection, chunk)
        else:
            _commit(record.connection, chunk)
        positions |= chunk.positions
        if not chunk.full:
            caught_up(journal, began_ns)
        done.more = deadline is not None and time.monotonic() > deadline
    return done


def _positions(connection: duckdb.DuckDBPyConnection) -> dict[str, _Position]:
    rows = connection.execute("select segment, row, chain, refusal_row, sealed from positions").fetchall()
    return {segment: _Position(*rest) for segment, *rest in rows}


def _read_segment(path: Path, positions: dict[str, _Position], chunk: _Chunk, done: Drained) -> None:
    position = positions.get(path.name) or _Position(0, GENESIS, 0, False)
    if position.sealed:
        return
    try:
        with SegmentReader(path) as reader:
            if reader.chain_at(position.row) != position.chain:
                _say_damaged(done, path, f"row {position.row} is not the one that was loaded; loading it all again")
                position = _Position(0, GENESIS, position.refusal_row, False)  # deliveries have ids, refusals none
            _read_rows(path, reader, position, chunk, done)
    except sqlite3.Error as error:
        _say_damaged(done, path, f"cannot be read ({error})")


def _read_rows(path: Path, reader: SegmentReader, position: _Position, chunk: _Chunk, done: Drained) -> None:
    """Add what follows a position to the chunk. Damage is said, and what can be read is loaded."""
    seal = reader.seal()  # before the rows: what was sealed then has all its rows now
    row, chain = position.row, position.chain
    refusals: list[tuple[int, int, str, str, int, int]] = []
    try:
        for found in reader.after(row, CHUNK_ROWS_MAX):
            if found.row != row + 1 or link(chain, found.delivery) != found.chain:
                _say_damaged(done, path, f"does not go on from row {row} to row {found.row}; rows are lost or changed")
            chunk.rows.append(found)
            chunk.chars += len(found.delivery.items)
            row, chain = found.row, found.chain
            if chunk.full:
                break
        refusals = reader.refusals_after(position.refusal_row)
    except sqlite3.Error as error:
        _say_damaged(done, path, f"cannot be read beyond row {row} ({error})")
    chunk.refusals += refusals
    refusal_row = refusals[-1][0] if refusals else position.refusal_row
    sealed = seal is not None and not chunk.full and _ends_as_sealed(path, seal, row, chain, done)
    if row != position.row or refusals or sealed:
        chunk.positions[path.name] = _Position(row, chain, refusal_row, sealed)


def _ends_as_sealed(path: Path, seal: Seal, row: int, chain: bytes, done: Drained) -> bool:
    if (row, chain) != (seal.rows, seal.chain):
        _say_damaged(done, path, f"ends at row {row}, but was sealed with {seal.rows} rows")
        return False
    return True


def _say_damaged(done: Drained, path: Path, what: str) -> None:
    if f"{path.name}: {what}" in done.damaged:
        return
    done.damaged.append(f"{path.name}: {what}")
    print(f"refresh: segment {path.name} {what}", file=sys.stderr, flush=True)


def _commit(connection: duckdb.DuckDBPyConnection, chunk: _Chunk) -> int:
    """Load one chunk: rows, counts and positions in one transaction. Returns the number of items."""
    chunk.rows.sort(key=lambda r: (r.delivery.received_at, r.delivery.delivery_id))
    deliveries = [row.delivery for row in chunk.rows]
    batch = pa.table({
        "load_order": pa.array(range(len(deliveries)), pa.int64()),
        "delivery_id": pa.array([d.delivery_id for d in deliveries], pa.string()),
        "received_us": pa.array([d.received_at for d in deliveries], pa.int64()),
        "sender": pa.array([d.sender for d in deliveries], pa.string()),
        "disposition": pa.array([d.disposition for d in deliveries], pa.string()),
        "body_hash": pa.array([d.body_hash.hex() for d in deliveries], pa.string()),
        "items": pa.array([d.items for d in deliveries], pa.string()),
        **_replayed(deliveries),
    })  # fmt: skip
    connection.execute("begin")
    try:
        items = load_batch(connection, batch)
        items.insert()
        refresh_identity(connection, is_superseding(connection))
        _write_positions(connection, chunk)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return items.count


def _replayed(deliveries: list[Delivery]) -> dict[str, pa.Array]:
    """What each delivery of the batch reads again, and where that lies: whether it was loaded decides the counts."""
    found = [replayed_by(delivery) for delivery in deliveries]
    return {
        "replays": pa.array([each.delivery_id for each in found], pa.string()),
        "replayed_segment": pa.array([each.segment for each in found], pa.string()),
        "replayed_row": pa.array([each.row for each in found], pa.int64()),
        "replayed_items": pa.array([each.items for each in found], pa.int64()),
        "replayed_ignored": pa.array([each.ignored for each in found], pa.int64()),
        "replayed_refused": pa.array([each.refused for each in found], pa.int64()),
    }


def _write_positions(connection: duckdb.DuckDBPyConnection, chunk: _Chunk) -> None:
    names = list(chunk.positions)
    values = list(chunk.positions.values())
    connection.execute("delete from positions where segment in (select unnest(?::varchar[]))", [names])
    connection.execute(
        "insert into positions (segment, row, chain, refusal_row, sealed) select unnest(?::varchar[]),"
        " unnest(?::bigint[]), unnest(?::blob[]), unnest(?::bigint[]), unnest(?::boolean[])",
        [names, [v.row for v in values], [v.chain for v in values], [v.refusal_row for v in values],
         [v.sealed for v in values]],
    )  # fmt: skip
    refusals = chunk.refusals
    if refusals:
        connection.execute(
            "insert into refusals select make_timestamp(minute * 1000000), sender, code, n, bytes from"
            " (select unnest(?::bigint[]) as minute, unnest(?::varchar[]) as sender, unnest(?::varchar[]) as code,"
            " unnest(?::bigint[]) as n, unnest(?::bigint[]) as bytes)",
            [[r[i] for r in refusals] for i in range(1, 6)],
        )
