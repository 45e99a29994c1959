"""This module owns what a refresh moved of the published tables: the keys of rows that went, and rows that came.

They are kept as Arrow tables, outside of every database: what publishes them opens work.duckdb anew.
"""

from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

from analytics.incremental.still import Still
from analytics.incremental.ways import FIRST, grain, way
from analytics.version.marts import MARTS

ROWS_MAX = 200_000  # more of one table are not carried: it is published anew


@dataclass(frozen=True, slots=True)
class Moved:
    """Rows of one table: the grain of those that went, and whole those that stand there now."""

    went: pa.Table
    came: pa.Table


_NOTHING = Moved(pa.table({}), pa.table({}))
# By mart; None: so much of it moved that it is another table. What is not named was made anew, or not at all.
Moves = dict[str, Moved | None]


def taken(connection: duckdb.DuckDBPyConnection, still: Still) -> Moves:
    """What the refresh on this connection has written, after its commit; nothing of what is `still` as it was."""
    made = {mart: _moved(connection, mart) for mart in followed() if not still.holds(mart)}
    return {mart: _NOTHING for mart, kind in MARTS.items() if kind == "table" and still.holds(mart)} | made


def days_of(moves: Moves, mart: str = "facts_daily") -> tuple[date, date] | None:
    """The first and the last day of a mart that moved, the last before the first where none did; None: any can have."""
    moved = moves.get(mart)
    if moved is None:
        return None
    tables = [table for table in (moved.went, moved.came) if table.num_rows]
    days = [day for table in tables for day in table.column("day").unique().to_pylist() if day]
    return (min(days), max(days)) if days else (date.max, date.min)


def followed() -> tuple[str, ...]:
    """The marts of which a refresh knows which rows it moved."""
    return tuple(mart for mart, kind in MARTS.items() if kind == "table" and way(mart).word in ("rows", "sums", "keys"))


def _moved(connection: duckdb.DuckDBPyConnection, mart: str) -> Moved | None:
    where = "temp" if way(mart).word == "keys" and mart not in FIRST else "delta"
    ((count,),) = connection.execute(
        f"select greatest((select count(*) from {where}.{mart}_out), (select count(*) from {where}.{mart}_in))"
    ).fetchall()
    if count > ROWS_MAX:
        return None
    went = connection.sql(f"select {', '.join(grain(mart))} from {where}.{mart}_out").to_arrow_table()
    return Moved(went, connection.sql(f"from {where}.{mart}_in").to_arrow_table())
