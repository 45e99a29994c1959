"""This module owns the load of one batch: the steps, in order, each an SQL file beside this one."""

from dataclasses import dataclass
from importlib.resources import files

import duckdb
import pyarrow as pa

from ingest import parsed
from ingest.store.damage import set_lacking_aside, set_unreadable_aside
from ingest.store.withdraw import has_withdrawn, sentence, withdraw

ENVELOPE = ("sender", "received_at", "delivery_id", "item_index", "origin")
# Table of the record → extra fields of the canonical row that the table does not keep.
TABLES = {
    "interactions": {"creative_raw": "VARCHAR"},
    "reports": {},
    "settlements": {},
    "ads": {"creative_raw": "VARCHAR"},
}
QUARANTINE = '{"index":"INTEGER","id":"VARCHAR","code":"VARCHAR","field":"VARCHAR","detail":"VARCHAR","item":"VARCHAR"}'
DECISION = (
    '{"decision_id":"VARCHAR","decided_at":"TIMESTAMP","kind":"VARCHAR","subject":"VARCHAR","object":"VARCHAR",'
    '"actor":"VARCHAR","reason":"VARCHAR"}'
)
# Segments of version 0.1 do not say when an interaction was stated: it was when it happened.
DEFAULTS = {"interactions": "select * replace (coalesce(stated_at, occurred_at) as stated_at) from"}
LISTS = (*TABLES, "quarantine", "ignored", "decisions")
# What a canonical row must have beside the columns of its table that are never null.
REQUIRED = {
    "quarantine": ["code", "field", "detail", "item"],
    "ignored": ["index"],
    "decisions": ["decision_id", "decided_at", "kind", "subject", "actor", "reason"],
}
PIECE_CHARS = 1 << 20
_known_columns: dict[str, list[tuple[str, str, bool]]] = {}
INSERTS = ("insert_rows", "insert_quarantine", "insert_texts", "insert_loads")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A batch that is parsed and judged, and not inserted yet."""

    connection: duckdb.DuckDBPyConnection
    count: int

    def insert(self) -> None:
        """Insert the batch; the caller holds the transaction."""
        for step in INSERTS:
            for statement in _statements(step):
                parsed.run(self.connection, statement, sentence(statement))
        kinds = parsed.run(self.connection, "select distinct kind from judged").fetchall()
        for table in (each for each in TABLES if (each,) in kinds):
            parsed.run(self.connection, _insert(self.connection, table))
        parsed.run(self.connection, "insert into decisions select * exclude (load_order) from decisions_in")


@dataclass(frozen=True, slots=True)
class _There:
    """The lists that the texts of a batch have. `is_plain`: all have the same one, and none stands for another."""

    names: list[str]
    is_plain: bool


def load_batch(connection: duckdb.DuckDBPyConnection, batch: pa.Table) -> Loaded:
    """Parse the canonical rows of a batch into temporary tables and judge each: accepted, duplicate, conflict.

    What cannot be read is quarantined as damaged, and the rest of the batch is loaded.

    The caller holds the transaction: what the batch replays or displaces is taken out of the record here.
    """
    connection.register("batch_arrow", _in_pieces(batch))
    parsed.run(connection, _statements("batch")[0], {"paths": ["$", *(f"$.{name}" for name in LISTS)]})
    set_unreadable_aside(connection, _statements("damaged")[0], LISTS)
    if _is_replaying(connection):
        _run(connection, "supersede")
        _run(connection, "retext")
    _parse_all(connection)
    if set_lacking_aside(connection, _required(connection)):
        _parse_all(connection)
    connection.unregister("batch_arrow")
    _run(connection, "judge")
    _run(connection, "refused")
    withdraw(connection, _statements)
    row = parsed.run(connection, "select count(*) from judged").fetchone()
    return Loaded(connection, int(row[0]) if row else 0)


def _in_pieces(batch: pa.Table) -> pa.Table:
    """The batch as record batches of a megabyte of texts each.

    DuckDB reads a text into a tree several times its size, and all texts of a piece at once: with one piece of 75 texts
    of 400 kB it took 280 MB more. And each of its threads takes the next piece, where one piece keeps one thread busy.
    """
    chars = max(1, batch.column("items").nbytes)
    pieces = batch.to_batches(max_chunksize=max(1, batch.num_rows * PIECE_CHARS // chars))
    return pa.Table.from_batches(pieces, batch.schema)


def is_superseding(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the batch that was loaded took anything out: it replays deliveries, or its items displaced others."""
    return _is_replaying(connection) or has_withdrawn(connection)


def _is_replaying(connection: duckdb.DuckDBPyConnection) -> bool:
    found = parsed.run(
        connection,
        "select exists (select 1 from batch where replays <> ''"
        " or delivery_id in (select delivery_id from superseded))",
    ).fetchone()
    return bool(found and found[0])


def _run(connection: duckdb.DuckDBPyConnection, step: str) -> None:
    for statement in _statements(step):
        parsed.run(connection, statement)


def _parse_all(connection: duckdb.DuckDBPyConnection) -> None:
    asked = "select coalesce(list_distinct(flatten(list(names))), []), count(instead) from batch"
    ((names, mended),) = parsed.run(connection, asked).fetchall()
    there = _There(names, len(names) == 1 and not mended)
    for table, extra in TABLES.items():
        parsed.run(connection, _parse(table, _struct(connection, table, extra), _texts(table, there)))
    parsed.run(connection, _parse("quarantine", QUARANTINE, _texts("quarantine", there)))
    parsed.run(connection, _parse("ignored", '{"index":"INTEGER"}', _texts("ignored", there)))
    parsed.run(
        connection,
        "create or replace temp table decisions_in as select load_order, unnest(from_json(items, "  # noqa: S608
        f"'{{\"decisions\":[{DECISION}]}}').decisions, recursive := true) from {_texts('decisions', there)}"
        " where disposition = 'decision'",
    )


def _texts(table: str, there: _There) -> str:
    """Where a list is looked for: most lists no text of a batch has."""
    if table not in there.names:
        return "(select *, instead as items from batch where false)"
    if there.is_plain:  # the join is dear: 0.8 of 4.3 µs a row
        return "(select *, make_timestamp(received_us) as received_at from batch_arrow)"
    return (
        "(select b.*, coalesce(b.instead, a.items) as items"
        " from (select load_order, items from batch_arrow) a join batch b using (load_order))"
    )


def _required(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """The columns of each parsed list that are never null."""
    found = {
        table: ["index", *(name for name, _, is_null in _columns(connection, table) if _is_given(name) and not is_null)]
        for table in TABLES
    }
    return found | REQUIRED


def _is_given(name: str) -> bool:
    return name not in ENVELOPE


def _statements(step: str) -> list[str]:
    text = files("ingest.store").joinpath(f"{step}.sql").read_text(encoding="utf-8")
    return [statement for statement in text.split(";\n") if statement.strip()]


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str, bool]]:
    """(name, type, may be null) of a table's columns; asked once a process, for the catalog takes 3 ms to answer."""
    if table not in _known_columns:
        _known_columns[table] = _ask_columns(connection, table)
    return _known_columns[table]


def _ask_columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str, bool]]:
    return parsed.run(
        connection,
        "select column_name, data_type, is_nullable from duckdb_columns()"
        " where table_name = ? and not internal and database_name = current_database() order by column_index",
        [table],
    ).fetchall()


def _struct(connection: duckdb.DuckDBPyConnection, table: str, extra: dict[str, str]) -> str:
    """The shape of a canonical row, from the table that keeps it."""
    columns = [(name, kind) for name, kind, _ in _columns(connection, table) if _is_given(name)]
    fields = [("index", "INTEGER"), *columns, *extra.items()]
    if table != "interactions":
        fields.append(("id", "VARCHAR"))
    return "{" + ",".join(f'"{name}":"{kind}"' for name, kind in fields) + "}"


def _parse(table: str, struct: str, texts: str) -> str:
    """Parse one list. What should be one and is none gives a row without anything, and so is found to be lacking."""
    return (
        f"create or replace temp table {table}_in as"  # noqa: S608 (our own names, never input)
        f" {DEFAULTS.get(table, 'from')} (select load_order, sender, received_at, delivery_id, disposition, body_hash,"
        f" unnest(coalesce(from_json(items, '{{\"{table}\":[{struct}]}}').{table},"
        f" case when list_contains(json_keys(items), '{table}') then [null] end), recursive := true)"
        f" from {texts} where disposition <> 'decision')"
    )


def _insert(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    names = [name for name, _, _ in _columns(connection, table)]
    values = {"item_index": "i.index", "origin": "'posted'"}
    select = ", ".join(values.get(name, f'i."{name}"') for name in names)
    into = ", ".join(f'"{name}"' for name in names)
    return (
        f"insert into {table} ({into}) select {select} from {table}_in i"  # noqa: S608 (our own names)
        " join judged j using (load_order, index)"
        " where j.verdict in ('accepted', 'new_version') order by load_order, index"
    )
