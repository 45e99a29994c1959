"""This module owns how settled cells lie beneath each other: what finer ones hold is not counted in a coarser one."""

from collections import defaultdict
from typing import Any

import duckdb
import pyarrow as pa

DIMENSIONS = ("offer_id", "campaign_id", "ad_id", "country", "landing_page", "sub_id")
# Cells lie beneath each other only where one day of one sender is stated in several sorts of cells: seldom.
_NESTED = f"""
select n.sender, n.key_hash, n.settles, n.day, n.currency, cast(n.revenue * 1000000 as bigint), {", ".join(DIMENSIONS)}
from settlements_now n
join (
  select settles, day, currency from settlements_now where counts
  group by settles, day, currency having count(distinct shape) > 1) g
  on g.settles = n.settles and g.day = n.day and g.currency = n.currency
where n.counts order by n.fineness desc, n.sender, n.key_hash
"""  # noqa: S608 (our own names)
Group = tuple[Any, ...]
Cell = tuple[str | None, ...]


def build_beneath(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `settlement_beneath`: of every cell that has finer ones beneath it, the money that counts there.

    Finer cells win: what they state counts in full, even where the coarser one states less; then that adds nothing.
    """
    groups: defaultdict[Group, list[tuple[str, int, int, Cell]]] = defaultdict(list)
    for sender, key, settles, day, currency, micros, *cell in connection.execute(_NESTED).fetchall():
        groups[settles, day, currency].append((sender, key, micros, tuple(cell)))
    rows = [row for group in groups.values() for row in _beneath(group)]
    table = pa.table({
        "sender": pa.array([row[0] for row in rows], pa.string()),
        "key_hash": pa.array([row[1] for row in rows], pa.int64()),
        "micros": pa.array([row[2] for row in rows], pa.int64()),
    })  # fmt: skip
    connection.register("beneath_arrow", table)
    connection.execute(
        "create or replace table settlement_beneath as select sender, key_hash,"
        " cast(micros * cast(0.000001 as decimal(7, 6)) as decimal(20, 6)) as beneath from beneath_arrow"
    )
    connection.unregister("beneath_arrow")


def _beneath(cells: list[tuple[str, int, int, Cell]]) -> list[tuple[str, int, int]]:
    """(sender, key, millionths counted beneath) of the cells of one day, which come with the finest first."""
    shapes = {_shape(cell) for *_, cell in cells}
    counted: defaultdict[tuple[frozenset[int], Cell], int] = defaultdict(int)
    rows = []
    for sender, key, micros, cell in cells:
        shape = _shape(cell)
        beneath = counted[shape, cell]
        if beneath:
            rows.append((sender, key, beneath))
        for coarser in (other for other in shapes if other < shape):
            counted[coarser, _within(cell, coarser)] += max(micros - beneath, 0)
    return rows


def _shape(cell: Cell) -> frozenset[int]:
    return frozenset(at for at, value in enumerate(cell) if value is not None)


def _within(cell: Cell, shape: frozenset[int]) -> Cell:
    """The coarser cell of that shape in which a cell lies."""
    return tuple(value if at in shape else None for at, value in enumerate(cell))
