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
def shape(kind: str) -> tuple[tuple[str, str], ...]:
    """(name, type) of every column of a kind as a reader sees it, the partition last.

    Of interactions, reports, settlements, ads and withdrawn: the kinds that hold items, and what of them is gone.
    """
    text = query(kind)
    bound = {"seal": 0, "now": EVER, "first": EVER, "last": NEVER}
    used = {name: value for name, value in bound.items() if f"${name}" in text}
    with closing(duckdb.connect()) as connection:
        connection.execute(files("ingest.store").joinpath("schema.sql").read_text(encoding="utf-8"))
        for statement in _SEALING:
            connection.execute(statement)
        connection.execute(f"create table outgoing as {text}", used)
        found = connection.execute(
            "select column_name, data_type from duckdb_columns() where table_name = 'outgoing' order by column_index"
        ).fetchall()
    return (*((name, type_) for name, type_ in found if name != "archive_day"), (PARTITION, "DATE"))
