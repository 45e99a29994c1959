"""This module owns gathering what a seal writes from the journal: deliveries as they were loaded, counted refusals."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest.segments.segment import Row, SegmentReader

CHUNK_ROWS = 2000
# What is read from the segments, as it is kept in the archive.
_COLUMNS = {
    "segment": pa.string(), "row": pa.int64(), "delivery_id": pa.string(), "received_us": pa.int64(),
    "sender": pa.string(), "disposition": pa.string(), "message_id": pa.string(), "content_type": pa.string(),
    "body_hash": pa.string(), "items": pa.string(), "request": pa.string(), "chain": pa.string(), "whole": pa.bool_(),
}  # fmt: skip
_DECISION = (
    "select '{' || string_agg('\"' || column_name || '\":\"' || data_type || '\"', ',' order by column_index) || '}'"
    " from duckdb_columns() where table_name = 'decisions' and database_name = current_database()"
)


def gather(connection: duckdb.DuckDBPyConnection, journal: Path) -> list[str]:
    """Read the pending deliveries from their segments into the table `sealing`; returns what is not there, in words."""
    _insert(connection, "", [], "create or replace temp table found as")
    spans = connection.execute("select segment, min(row), max(row) from pending group by segment order by segment")
    unread = []
    for segment, first, last in spans.fetchall():
        try:
            with SegmentReader(journal / segment) as reader:
                for rows in _chunks(reader, first, last):
                    _insert(connection, segment, rows)
        except sqlite3.Error as error:
            unread.append(f"{segment}: cannot be archived ({error})")
    connection.execute(
        "create or replace temp table sealing as select p.load_id, f.* exclude (received_us, whole),"
        " make_timestamp(f.received_us) as received_at from pending p join found f"
        " on f.segment = p.segment and f.row = p.row and f.delivery_id = p.delivery_id"
        " and f.whole = p.whole"
    )
    connection.execute("drop table found")
    shape = connection.execute(_DECISION).fetchone()
    connection.execute(
        "create or replace temp table decisions_sealing as select cast(received_at as date) as day,"  # noqa: S608
        f" unnest(from_json(items, '{{\"decisions\":[{shape and shape[0]}]}}').decisions, recursive := true)"
        " from sealing where disposition = 'decision'"
    )
    return unread


def _chunks(reader: SegmentReader, first: int, last: int) -> Iterator[list[Row]]:
    row = first - 1
    while rows := [found for found in reader.after(row, CHUNK_ROWS) if found.row <= last]:
        yield rows
        row = rows[-1].row


def _insert(
    connection: duckdb.DuckDBPyConnection, segment: str, rows: list[Row], into: str = "insert into found"
) -> None:
    values = [
        (segment, each.row, d.delivery_id, d.received_at, d.sender, d.disposition, d.message_id, d.content_type,
         d.body_hash.hex(), d.items, d.request, each.chain.hex(), each.whole)
        for each in rows for d in (each.delivery,)
    ]  # fmt: skip
    columns = zip(*values, strict=True) if values else [() for _ in _COLUMNS]
    table = pa.table({name: pa.array(column, _COLUMNS[name]) for name, column in zip(_COLUMNS, columns, strict=True)})
    connection.register("found_arrow", table)
    connection.execute(f"{into} select * from found_arrow")  # noqa: S608 (our own names)
    connection.unregister("found_arrow")


def gather_refusals(connection: duckdb.DuckDBPyConnection, journal: Path) -> list[str]:
    """Read the counted refusals beyond the last seal into the table `refusals_sealing`."""
    connection.execute(
        "create or replace temp table refusals_sealing (segment varchar, row bigint, minute timestamp, sender varchar,"
        " code varchar, deliveries bigint, bytes bigint)"
    )
    connection.execute("create or replace temp table refusals_unread (segment varchar)")
    spans = connection.execute(
        "select segment, archived_refusal_row, refusal_row from positions where refusal_row > archived_refusal_row"
    )
    unread = []
    for segment, after, last in spans.fetchall():
        try:
            with SegmentReader(journal / segment) as reader:
                rows = [found for found in reader.refusals_after(after) if found[0] <= last]
        except sqlite3.Error as error:
            unread.append(f"{segment}: its refusals cannot be archived ({error})")
            connection.execute("insert into refusals_unread values (?)", [segment])
            continue
        connection.execute(
            "insert into refusals_sealing select ?, unnest(?::bigint[]), make_timestamp(unnest(?::bigint[]) * 1000000),"
            " unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::bigint[]), unnest(?::bigint[])",
            [segment, *([row[i] for row in rows] for i in range(6))],
        )
    return unread
