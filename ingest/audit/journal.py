"""This module owns the recount of the journal: every segment read again, its chain walked, its items listed.

Nothing of the loader is used but the format of a segment: an audit that shares the loader's mistakes finds none.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow as pa

from ingest.envelope import replayed_by
from ingest.journal import segments
from ingest.segment import GENESIS, Row, SegmentReader, link

CHUNK_ROWS = 2000
TABLES = ("interactions", "reports", "settlements", "ads")
_COLUMNS = {
    "delivery_id": pa.string(), "sender": pa.string(), "kind": pa.string(), "versioned": pa.bool_(),
    "key_hash": pa.int64(), "content_hash": pa.int64(), "revenue": pa.string(), "cost": pa.string(),
}  # fmt: skip
VERSIONED = ("revenue", "conversion", "ad_click", "refund")


@dataclass(slots=True)
class Recount:
    """What the journal holds, up to where the record says it has loaded; `waiting` is what lies beyond."""

    deliveries: int = 0
    items: int = 0
    quarantined: int = 0
    ignored: int = 0
    decisions: int = 0
    waiting: int = 0
    damaged: list[str] = field(default_factory=list)
    dispositions: Counter[str] = field(default_factory=Counter)


def recount(journal: Path, loaded: Mapping[str, int], connection: duckdb.DuckDBPyConnection) -> Recount:
    """Read the journal into the table `said` of `connection`: a row per item that was loaded. O(journal).

    `loaded` says per segment how many rows the record has taken.
    """
    replaced = {found.delivery_id for _, row in _rows(journal, Recount()) if (found := replayed_by(row.delivery))}
    connection.execute(
        "create or replace table said (delivery_id varchar, sender varchar, kind varchar, versioned boolean,"
        " key_hash bigint, content_hash bigint, revenue decimal(38, 6), cost decimal(38, 6))"
    )
    done, batch = Recount(), _empty()
    for name, row in _rows(journal, done):
        if row.row > loaded.get(name, 0):
            done.waiting += 1
            continue
        done.deliveries += 1
        done.dispositions[row.delivery.disposition] += 1
        if row.delivery.delivery_id not in replaced:
            _take(row, done, batch)
        if len(batch["kind"]) >= CHUNK_ROWS * 10:
            _write(connection, batch)
            batch = _empty()
    _write(connection, batch)
    return done


def _rows(journal: Path, done: Recount) -> Iterator[tuple[str, Row]]:
    for path in segments(journal):
        try:
            with SegmentReader(path) as reader:
                yield from _walk(path, reader, done)
        except sqlite3.Error as error:
            done.damaged.append(f"{path.name} cannot be read: {error}")


def _walk(path: Path, reader: SegmentReader, done: Recount) -> Iterator[tuple[str, Row]]:
    """The rows of a segment in order; a break of the chain or a wrong seal is noted, and reading goes on."""
    row, chain, seal = 0, GENESIS, reader.seal()
    while found := list(reader.after(row, CHUNK_ROWS)):
        for each in found:
            if each.row != row + 1 or link(chain, each.delivery) != each.chain:
                done.damaged.append(f"{path.name} does not go on from row {row} to row {each.row}")
            row, chain = each.row, each.chain
            yield path.name, each
    if seal is not None and (row, chain) != (seal.rows, seal.chain):
        done.damaged.append(f"{path.name} ends at row {row}, but was sealed with {seal.rows} rows")


def _take(row: Row, done: Recount, batch: dict[str, list[Any]]) -> None:
    rows = orjson.loads(row.delivery.items)
    done.decisions += len(rows.get("decisions", ()))
    done.quarantined += len(rows.get("quarantine", ()))
    done.ignored += len(rows.get("ignored", ()))
    for table in TABLES:
        for item in rows.get(table, ()):
            done.items += 1
            values = (row.delivery.delivery_id, row.delivery.sender, table,
                      table != "interactions" or item["type"] in VERSIONED, item["key_hash"], item["content_hash"],
                      item.get("revenue"), item.get("cost"))  # fmt: skip
            for name, value in zip(_COLUMNS, values, strict=True):
                batch[name].append(str(value) if isinstance(value, float | Decimal) else value)


def _empty() -> dict[str, list[Any]]:
    return {name: [] for name in _COLUMNS}


def _write(connection: duckdb.DuckDBPyConnection, batch: dict[str, list[Any]]) -> None:
    if not batch["kind"]:
        return
    table = pa.table({name: pa.array(batch[name], kind) for name, kind in _COLUMNS.items()})
    connection.register("batch_arrow", table)
    connection.execute(
        "insert into said select * replace (revenue::decimal(38, 6) as revenue, cost::decimal(38, 6) as cost)"
        " from batch_arrow"
    )
    connection.unregister("batch_arrow")
