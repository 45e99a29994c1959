"""This module owns the one transaction of a load: rows, counts, positions, and what the archive still has to take."""

from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from ingest import parsed
from ingest.archive.layout import Place
from ingest.door.envelope import replayed_by
from ingest.segments.segment import Delivery, Row
from ingest.store.identity import refresh_identity
from ingest.store.steps import is_superseding, load_batch

# Of items and bodies. More than 122,880 interactions (128 MB of usual ones) go straight to the file and not through the
# WAL; the process takes 0.9 GB with them.
CHUNK_CHARS_MAX = 144 << 20
CHUNK_ROWS_MAX = 20_000  # of deliveries: what some fifty statements and the look at all texts cost is shared by them
# Several old batches loaded as one would not end as they did one by one: a content lost its key, or came again earlier.
_IS_ORDER_FELT = """
select exists (select 1 from withdrawn_now) or exists (select 1 from judged where verdict = 'conflict')
  or exists (
    select 1 from (
      select (received_at, delivery_id, index) < lag((received_at, delivery_id, index))
        over (partition by key_hash, content_hash order by load_order, index) as is_earlier
      from judged) found
    where is_earlier)
"""
Refusal = tuple[int, int, str, str, int, int]  # row, minute, sender, code, deliveries, bytes


@dataclass(slots=True)
class Position:
    """How far a segment is loaded: its last row and that row's chain hash, its last refusal."""

    row: int
    chain: bytes
    refusal_row: int
    sealed: bool
    removed: bool = False
    archived: Place | None = None  # where the record did not know the segment, and the archive does


@dataclass(slots=True)
class Chunk:
    """What one transaction loads: rows with the name of their segment, refusals, and the positions after it."""

    rows: list[tuple[str, Row]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    positions: dict[str, Position] = field(default_factory=dict)
    chars: int = 0

    @property
    def full(self) -> bool:
        """Whether it should be committed before more is read."""
        return self.chars >= CHUNK_CHARS_MAX or len(self.rows) >= CHUNK_ROWS_MAX

    def add(self, segment: str, row: Row) -> None:
        """Take one row."""
        self.rows.append((segment, row))
        self.chars += len(row.delivery.items) + len(row.delivery.body or b"")


class OrderFeltError(Exception):
    """These batches must be loaded one by one: nothing has happened."""


def commit_archived(connection: duckdb.DuckDBPyConnection, chunk: Chunk, is_one_batch: bool) -> None:
    """Load what comes from the archive, in its old order, in one transaction; it is not to be written there again.

    Raises OrderFeltError where several old batches in one would give another record than they did one by one.
    """
    connection.execute("begin")
    try:
        items = load_batch(connection, _batch(chunk.rows))
        if not is_one_batch:
            felt = parsed.run(connection, _IS_ORDER_FELT).fetchone()
            if felt and felt[0]:
                raise OrderFeltError
        items.insert()
        refresh_identity(connection, is_superseding(connection))
        _write_positions(connection, chunk.positions)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise


def commit(connection: duckdb.DuckDBPyConnection, chunk: Chunk) -> int:
    """Load one chunk: rows, counts and positions in one transaction. Returns the number of items."""
    chunk.rows.sort(key=lambda found: (found[1].delivery.received_at, found[1].delivery.delivery_id))
    connection.execute("begin")
    try:
        count = _load(connection, chunk.rows) if chunk.rows else 0
        _write_positions(connection, chunk.positions)
        write_refusals(connection, chunk.refusals)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return count


def _load(connection: duckdb.DuckDBPyConnection, rows: list[tuple[str, Row]]) -> int:
    items = load_batch(connection, _batch(rows))
    items.insert()
    refresh_identity(connection, is_superseding(connection))
    parsed.run(
        connection,
        "insert into pending (delivery_id, segment, row, load_id, whole) select delivery_id, segment, row,"
        " (select max(load_id) from loads), whole from batch order by load_order",
    )
    return items.count


def _batch(rows: list[tuple[str, Row]]) -> pa.Table:
    deliveries = [row.delivery for _, row in rows]
    return pa.table({
        "load_order": pa.array(range(len(deliveries)), pa.int64()),
        "delivery_id": pa.array([d.delivery_id for d in deliveries], pa.string()),
        "received_us": pa.array([d.received_at for d in deliveries], pa.int64()),
        "sender": pa.array([d.sender for d in deliveries], pa.string()),
        "disposition": pa.array([d.disposition for d in deliveries], pa.string()),
        "body_hash": pa.array([d.body_hash.hex() for d in deliveries], pa.string()),
        "items": pa.array([d.items for d in deliveries], pa.string()),
        "segment": pa.array([segment for segment, _ in rows], pa.string()),
        "row": pa.array([row.row for _, row in rows], pa.int64()),
        "whole": pa.array([row.whole for _, row in rows], pa.bool_()),
        **_replayed(deliveries),
    })  # fmt: skip


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


def _write_positions(connection: duckdb.DuckDBPyConnection, positions: dict[str, Position]) -> None:
    """What the archive holds of a segment stays as it is noted."""
    values = list(positions.values())
    archived = [v.archived or Place("", 0, "", 0) for v in values]
    table = pa.table({
        "segment": pa.array(list(positions), pa.string()),
        "row": pa.array([v.row for v in values], pa.int64()),
        "chain": pa.array([v.chain for v in values], pa.binary()),
        "refusal_row": pa.array([v.refusal_row for v in values], pa.int64()),
        "sealed": pa.array([v.sealed for v in values], pa.bool_()),
        "archived_row": pa.array([place.row for place in archived], pa.int64()),
        "archived_chain": pa.array([bytes.fromhex(place.chain) for place in archived], pa.binary()),
        "archived_refusal_row": pa.array([place.refusal_row for place in archived], pa.int64()),
    })  # fmt: skip
    connection.register("positions_arrow", table)
    parsed.run(
        connection,
        "update positions p set row = n.row, chain = n.chain, refusal_row = n.refusal_row, sealed = n.sealed"
        " from positions_arrow n where n.segment = p.segment",
    )
    parsed.run(
        connection,
        "insert into positions by name select * from positions_arrow"
        " where segment not in (select segment from positions)",
    )
    connection.unregister("positions_arrow")


def write_refusals(connection: duckdb.DuckDBPyConnection, refusals: list[Refusal]) -> None:
    """Add counted refusals; the caller holds the transaction."""
    if refusals:
        parsed.run(
            connection,
            "insert into refusals select make_timestamp(minute * 1000000), sender, code, n, bytes from"
            " (select unnest(?::bigint[]) as minute, unnest(?::varchar[]) as sender, unnest(?::varchar[]) as code,"
            " unnest(?::bigint[]) as n, unnest(?::bigint[]) as bytes)",
            [[r[i] for r in refusals] for i in range(1, 6)],
        )
