"""This module owns the recount of the journal: every segment read again, its chain walked, its bodies hashed.

Of segments whose time is over, the archive holds the rows.
Nothing of the loader is used but the format of a segment: an audit that shares the loader's mistakes finds none.
"""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pyarrow as pa

from ingest.audit.archive import gone_rows
from ingest.door.envelope import replayed_by
from ingest.journal import segments
from ingest.segments.holes import holes, readable
from ingest.segments.segment import GENESIS, Row, SegmentReader, link

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
    redacted: int = 0
    archived: int = 0
    damaged: list[str] = field(default_factory=list)
    damaged_bodies: list[str] = field(default_factory=list)
    dispositions: Counter[str] = field(default_factory=Counter)


def recount(journal: Path, loaded: Mapping[str, int], connection: duckdb.DuckDBPyConnection) -> Recount:
    """Read journal and archive into the table `said` of `connection`: a row per item that was loaded. O(journal).

    `loaded` says per segment how many rows the record has taken. The table `replayed` gets the keys of deliveries that
    were read again since.
    """
    replaced = {found.delivery_id for _, row, _ in _rows(journal, Recount()) if (found := replayed_by(row.delivery))}
    connection.execute(
        "create or replace table said (delivery_id varchar, sender varchar, kind varchar, versioned boolean,"
        " key_hash bigint, content_hash bigint, revenue decimal(38, 6), cost decimal(38, 6))"
    )
    connection.execute("create or replace table replayed as from said")
    done, said, replayed = Recount(), _empty(), _empty()
    for name, row, is_archived in _rows(journal, done):
        if is_archived:  # it was loaded, and its body's time is over
            done.archived += 1
        elif row.row > loaded.get(name, 0):
            done.waiting += 1
            continue
        else:
            _look_at_body(name, row, done)
        done.deliveries += 1
        done.dispositions[row.delivery.disposition] += 1
        if row.delivery.delivery_id in replaced:
            _take(name, row, Recount(), replayed)
        else:
            _take(name, row, done, said)
        if len(said["kind"]) + len(replayed["kind"]) >= CHUNK_ROWS * 10:
            _write(connection, "said", said)
            _write(connection, "replayed", replayed)
            said, replayed = _empty(), _empty()
    _write(connection, "said", said)
    _write(connection, "replayed", replayed)
    return done


def place(kind: str, sender: str, body_hash: str, index: object, what: str) -> tuple[int, int]:
    """Under which (key, content) the record knows what was refused: a place in a sender's body, and why."""
    key = hashlib.sha256(f"{kind}\n{sender}\n{body_hash}".encode()).hexdigest()
    content = hashlib.sha256(f"{'' if index is None else index}\n{what}".encode()).hexdigest()
    return int(key[:15], 16), int(content[:15], 16)


def _rows(journal: Path, done: Recount) -> Iterator[tuple[str, Row, bool]]:
    """(segment, row, whether it comes from the archive) of all there is; a segment may be let go of meanwhile."""
    there = set()
    for path in segments(journal):
        try:
            source, said = path, holes(path)
            if said:
                source, said = readable(path, said)
                done.damaged.append(f"{path.name} {said}")
            with SegmentReader(source) as reader:
                there.add(path.name)
                for row in _walk(path, reader, done):
                    yield path.name, row, False
        except (sqlite3.Error, OSError) as error:
            if path.exists():
                there.add(path.name)
                done.damaged.append(f"{path.name} cannot be read: {error}")
    for name, row in gone_rows(journal, there, done.damaged):
        yield name, row, True


def _walk(path: Path, reader: SegmentReader, done: Recount) -> Iterator[Row]:
    """The rows of a segment in order; a break of the chain or a wrong seal is noted, and reading goes on."""
    row, chain, seal = 0, GENESIS, reader.seal()
    while found := list(reader.after(row, CHUNK_ROWS)):
        for each in found:
            if each.row != row + 1 or link(chain, each.delivery) != each.chain:
                done.damaged.append(f"{path.name} does not go on from row {row} to row {each.row}")
            row, chain = each.row, each.chain
            yield each
    if seal is not None and (row, chain) != (seal.rows, seal.chain):
        done.damaged.append(f"{path.name} ends at row {row}, but was sealed with {seal.rows} rows")


def _look_at_body(name: str, row: Row, done: Recount) -> None:
    state = row.body_state()
    done.redacted += state == "redacted"
    if state == "damaged":
        done.damaged_bodies.append(f"{name} row {row.row}")


def _take(name: str, row: Row, done: Recount, batch: dict[str, list[Any]]) -> None:
    rows = _items(name, row, done)
    done.decisions += len(rows.get("decisions", ()))
    done.quarantined += len(rows.get("quarantine", ()))
    done.ignored += len(rows.get("ignored", ()))
    delivery = row.delivery
    for kind in ("quarantine", "ignored"):
        for item in rows.get(kind, ()):
            what = item["code"] if kind == "quarantine" else kind
            if what == "damaged":  # two bodies that are damaged are not the same body
                what = f"{what} {delivery.delivery_id}"
            place_of = place(kind, delivery.sender, delivery.body_hash.hex(), item["index"], what)
            _add(batch, (delivery.delivery_id, delivery.sender, kind, True, *place_of, None, None))
    for table in TABLES:
        for item in rows.get(table, ()):
            done.items += 1
            is_versioned = table != "interactions" or item["type"] in VERSIONED
            money = (_money(item.get("revenue")), _money(item.get("cost")))
            _add(batch, (delivery.delivery_id, delivery.sender, table, is_versioned, item["key_hash"],
                         item["content_hash"], *money))  # fmt: skip


def _items(name: str, row: Row, done: Recount) -> dict[str, list[dict[str, Any]]]:
    """The lists of a delivery's items; where they cannot be read it is damaged, and counts as one quarantined item."""
    try:
        rows = orjson.loads(row.delivery.items)
        if not all(_is_list(key, each) for key, each in rows.items()):
            raise ValueError
    except (ValueError, AttributeError):
        rows = {"quarantine": [{"index": None, "code": "damaged"}]}
    if not row.whole or any(each["code"] == "damaged" for each in rows.get("quarantine", ())):
        done.damaged.append(f"{name} row {row.row} is not as it was written")
    return dict(rows)


def _is_list(name: str, rows: Any) -> bool:
    """Whether this is a list of rows as the door writes them, under a name that the loader knows."""
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return False
    if name in TABLES:
        return all(isinstance(row.get(key), int) for row in rows for key in ("index", "key_hash", "content_hash")) and (
            name != "interactions" or all(isinstance(row.get("type"), str) for row in rows)
        )
    if name == "quarantine":
        return all(isinstance(row.get("code"), str) and "index" in row for row in rows)
    return name == "decisions" or (name == "ignored" and all(isinstance(row.get("index"), int) for row in rows))


def _money(value: Any) -> str | None:
    try:
        return None if value is None or not Decimal(str(value)).is_finite() else str(value)
    except InvalidOperation:  # the loader reads nothing there; its checksum says that the row is damaged
        return None


def _add(batch: dict[str, list[Any]], values: tuple[Any, ...]) -> None:
    for name, value in zip(_COLUMNS, values, strict=True):
        batch[name].append(value)


def _empty() -> dict[str, list[Any]]:
    return {name: [] for name in _COLUMNS}


def _write(connection: duckdb.DuckDBPyConnection, into: str, batch: dict[str, list[Any]]) -> None:
    if not batch["kind"]:
        return
    table = pa.table({name: pa.array(batch[name], kind) for name, kind in _COLUMNS.items()})
    connection.register("batch_arrow", table)
    connection.execute(
        f"insert into {into} select * replace (revenue::decimal(38, 6) as revenue,"  # noqa: S608 (our own names)
        " cost::decimal(38, 6) as cost) from batch_arrow"
    )
    connection.unregister("batch_arrow")
