"""This module owns a seal: what was loaded since the last one becomes Parquet, in one transaction of the record.

Each step leaves a state that the next pass completes: files that are not noted are removed, what is noted is
pending no more, and a generation that was not swung in is made again.
"""

from datetime import datetime
from pathlib import Path

import duckdb

from ingest.archive.gathering import gather, gather_refusals
from ingest.archive.layout import Archive
from ingest.archive.writing import KINDS, export, note

SEALS_KEPT = 200  # and those that let go of something: a rebuild has to do it again
EVER, NEVER = datetime(1, 1, 1), datetime(9999, 1, 1)  # noqa: DTZ001 (stored times are naive UTC)
# What the record takes out, or puts back, of what the archive has; and what the archive lost and gets again.
_TOUCHED = """
create or replace temp table touched as
with gone as (
  select delivery_id, cast(null as integer) as item_index from superseded
  union select delivery_id, item_index from displaced)
(select delivery_id, item_index from gone except select delivery_id, item_index from withdrawn)
union (select delivery_id, item_index from withdrawn except select delivery_id, item_index from gone)
union select delivery_id, null from pending where again
"""
REMEMBER = (
    "delete from withdrawn",
    "insert into withdrawn select delivery_id, null from superseded"
    " union select delivery_id, item_index from displaced",
)
_COLLAPSE_LOADS = (
    "create or replace temp table loads_now as select max(load_id) as load_id, max(loaded_at) as loaded_at, sender,"
    " received_day, sum(deliveries) as deliveries, sum(items) as items, sum(accepted) as accepted,"
    " sum(new_versions) as new_versions, sum(duplicates) as duplicates, sum(quarantined) as quarantined,"
    " sum(ignored) as ignored from loads group by sender, received_day",
    "delete from loads",
    "insert into loads by name select * from loads_now order by load_id",
)
_COLLAPSE_REFUSALS = (
    "create or replace temp table refusals_now as select minute, sender, code, sum(deliveries) as deliveries,"
    " sum(bytes) as bytes from refusals group by minute, sender, code",
    "delete from refusals",
    "insert into refusals by name select * from refusals_now order by minute, sender, code",
)


def pending(connection: duckdb.DuckDBPyConnection) -> int:
    """How many deliveries the archive still has to take."""
    row = connection.execute("select count(*) from pending").fetchone()
    return int(row[0]) if row else 0


def is_anything_pending(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a seal would write something: deliveries, or counted refusals."""
    row = connection.execute(
        "select exists (select 1 from pending) or exists (select 1 from positions where refusal_row"
        " > archived_refusal_row and removed_at is null)"
    ).fetchone()
    return bool(row and row[0])


def next_seal(connection: duckdb.DuckDBPyConnection, archive: Archive) -> int:
    """The number of the next writing."""
    row = connection.execute("select coalesce(max(seal_id), 0) from seals").fetchone()
    return max(int(row[0]) if row else 0, archive.generation()) + 1


def seal(connection: duckdb.DuckDBPyConnection, data_dir: Path, now: datetime) -> list[str]:
    """Write all that is pending, and note it; returns what could not be read from the journal, in words.

    `now` is naive UTC. Raises OSError for the disk, and then nothing has happened.
    """
    archive, journal = Archive(data_dir), data_dir / "journal"
    seal_id = next_seal(connection, archive)
    connection.execute("begin")
    try:
        unread = gather(connection, journal) + gather_refusals(connection, journal)
        connection.execute(_TOUCHED)
        bound = _bound(connection, seal_id, now)
        found = [file for kind in KINDS for file in export(connection, archive, kind, seal_id, bound)]
        note(connection, found)
        _settle(connection, seal_id, now)
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return unread


def collapse(connection: duckdb.DuckDBPyConnection) -> None:
    """One row of load counts per sender and day, one of refusals per minute, sender and code; sums stay as they are."""
    for statement in (*_COLLAPSE_LOADS, *_COLLAPSE_REFUSALS):
        connection.execute(statement)


def _bound(connection: duckdb.DuckDBPyConnection, seal_id: int, now: datetime) -> dict[str, object]:
    """What the exports are bound to. Rows of old deliveries that were touched may lie anywhere in time."""
    row = connection.execute(
        "select min(received_at), max(received_at), (select count(*) from touched),"
        " (select coalesce(max(load_id), 0) from seals) from sealing"
    ).fetchone()
    first, last, touched, after = row or (None, None, 0, 0)
    if touched or first is None:
        first, last = EVER, NEVER
    return {"seal": seal_id, "now": now, "first": first, "last": last, "after": after}


def _settle(connection: duckdb.DuckDBPyConnection, seal_id: int, now: datetime) -> None:
    """Note the seal: what is archived is pending no more, and what need not be told apart any more is summed."""
    connection.execute(
        "insert into seals select ?, ?, 'seal', (select count(*) from sealing),"
        " (select coalesce(max(load_id), 0) from loads), (select max(received_at) from sealing), null, null",
        [seal_id, now],
    )
    connection.execute(
        "delete from seals where seal_id <= ? and quarantine_before is null and archive_before is null",
        [seal_id - SEALS_KEPT],
    )
    connection.execute(
        "delete from pending p where exists (select 1 from sealing s where s.segment = p.segment and s.row = p.row"
        " and s.delivery_id = p.delivery_id)"
    )
    connection.execute(
        "update positions set archived_row = row, archived_chain = chain where removed_at is null"
        " and segment not in (select segment from pending)"
    )
    connection.execute(
        "update positions p set archived_refusal_row = refusal_row where refusal_row > archived_refusal_row"
        " and segment not in (select segment from refusals_unread)"
    )
    for statement in REMEMBER:
        connection.execute(statement)
    collapse(connection)
