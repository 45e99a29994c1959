"""This module owns what the loader does about deliveries whose items cannot be read: one quarantined item each.

A byte that flipped in a segment must not stop the rest from being loaded, and must not be passed over either: DuckDB
reads a list of another name as no list, and a value of another type as null. Segments of earlier versions have no
checksum that would tell.
"""

from collections.abc import Mapping, Sequence

import duckdb

from ingest import parsed
from ingest.segments.salvage import DAMAGED_ITEMS

_QUARANTINE = (
    "update batch set instead = ?, names = ['quarantine'],"
    " disposition = case disposition when 'decision' then 'damaged' else disposition end"
    " where load_order in (select load_order from damaged)"
)


def set_unreadable_aside(connection: duckdb.DuckDBPyConnection, find: str, lists: Sequence[str]) -> None:
    """Replace the items of what is no JSON, or not the lists of these names; `find` is the statement for `damaged`.

    That a list of a usual delivery is none shows when it is parsed (`set_lacking_aside`): to ask each text for the
    types of its lists cost as much again as to ask for their names.
    """
    parsed.run(connection, find, {"names": list(lists)})
    _replace(connection)


def set_lacking_aside(connection: duckdb.DuckDBPyConnection, required: Mapping[str, Sequence[str]]) -> bool:
    """Replace the items of deliveries with a row that lacks what it must have; whether there were any.

    `required` says per list of canonical rows, parsed into `<list>_in`, which columns are never null.
    """
    parts = []
    for name, columns in required.items():
        lacks = " or ".join(f'"{column}" is null' for column in columns)
        parts.append(f"select load_order from {name}_in where {lacks}")  # noqa: S608 (our own names, never input)
    parsed.run(connection, f"create or replace temp table damaged as {' union '.join(parts)}")
    return _replace(connection)


def _replace(connection: duckdb.DuckDBPyConnection) -> bool:
    # fetchall: an open result would keep the caller from taking the batch back.
    ((found,),) = parsed.run(connection, "select count(*) from damaged").fetchall()
    if not found:
        return False
    parsed.run(connection, _QUARANTINE, [DAMAGED_ITEMS])
    return True
