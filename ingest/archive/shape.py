"""This module owns which columns the archive's files have: those that the exports of this release write."""

from contextlib import closing
from functools import cache
from importlib.resources import files

import duckdb

from ingest.archive.layout import PARTITION
from ingest.archive.seal import EVER, NEVER
from ingest.archive.writing import query

_SEALING = (
    "create table sealing (delivery_id varchar, received_at timestamp)",
    "create table touched (delivery_id varchar, item_index integer)",
)


@cache
def shapes(kinds: tuple[str, ...]) -> dict[str, tuple[tuple[str, str], ...]]:
    """(name, type) of every column of each kind as a reader sees it, the partition last.

    Of interactions, reports, settlements, ads and withdrawn: the kinds that hold items, and what of them is gone.
    """
    with closing(duckdb.connect()) as connection:
        connection.execute(files("ingest.store").joinpath("schema.sql").read_text(encoding="utf-8"))
        for statement in _SEALING:
            connection.execute(statement)
        return {kind: _shape(connection, kind) for kind in kinds}


def _shape(connection: duckdb.DuckDBPyConnection, kind: str) -> tuple[tuple[str, str], ...]:
    text = query(kind)
    bound = {"seal": 0, "now": EVER, "first": EVER, "last": NEVER}
    used = {name: value for name, value in bound.items() if f"${name}" in text}
    found = connection.execute(f"describe {text}", used).fetchall()
    return (*((name, type_) for name, type_, *_ in found if name != "archive_day"), (PARTITION, "DATE"))
