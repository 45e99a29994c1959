"""This module owns the journeys a fit learns from: gathered from closed days, counted together, read as arrays."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from analytics.fit import standing
from analytics.fit.aggregated import Ints, Paths, distinct
from analytics.fit.shapley import Sets
from analytics.plan import sql
from ingest import parsed

_SCRATCH = ("fit_clicks", "fit_used", "fit_kinds")
_PATHS = """
create or replace table paths as
with named as (select list(creative_id order by n) as ids from fit_creatives)
select p.conversion_kind, list_select(i.ids, p.path) as path, p.outcome, p.day, p.journeys, p.conversions, p.revenue
from fit_paths p cross join named i
"""
_DIGEST = """
select (select bit_xor(hash(conversion_kind, path, outcome, day, journeys, conversions, revenue)) from fit_paths),
  (select bit_xor(hash(n, creative_id)) from fit_creatives), hash($1)
"""
_READ = """
select conversion_kind, path, cast(sum(conversions) as bigint) as converted,
  cast(sum(case when outcome = 'null' then journeys else 0 end) as bigint) as unconverted
from fit_paths group by conversion_kind, path order by conversion_kind
"""
_READ_SETS = "select conversion_kind, members from fit_sets order by conversion_kind"


def gather(connection: duckdb.DuckDBPyConnection, through: date, parameters: Mapping[str, Any]) -> None:
    """Make `fit_paths` and `fit_sets` of all days up to `through`, unless the stored ones hold."""
    if standing.holds(connection, through, parameters):
        return
    standing.clear(connection)
    values = {**parameters, "through": through}
    _make(connection, "temp table fit_clicks", "clicks", values)
    _make(connection, "table fit_creatives", "creatives", values)
    _make(connection, "temp table fit_used", "used", values)
    _make(connection, "temp table fit_kinds", "kinds", values)
    _make(connection, "table fit_paths", "converted", values)
    text = sql("fit", "null")
    parsed.run(connection, f"insert into fit_paths by name\n{text}", standing.bound(text, values))
    _make(connection, "table fit_sets", "sets", values)
    for table in _SCRATCH:
        connection.execute(f"drop table {table}")
    shaped_by = standing.shaped_by(connection, parameters)
    digest = parsed.run(connection, _DIGEST, [shaped_by]).fetchone() or ()
    fit_id = f"{through}-{_folded(digest):016x}"
    connection.execute("create or replace table fit_standing (fit_id varchar, through_day date, shaped_by varchar)")
    connection.execute("insert into fit_standing values (?, ?, ?)", [fit_id, through, shaped_by])


def publish(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the mart `paths`: the same with creative ids for numbers."""
    if not standing.is_there(connection, "paths"):
        parsed.run(connection, _PATHS)


def read(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, Paths, Ints]]:
    """(kind, its paths over states 0, 1, …, the creative's number that each state stands for) of every kind."""
    for kind, table in _by_kind(connection, _READ):
        starts, flat = _lists(table.column("path"))
        names = distinct(flat)
        converted, null = (table.column(name).to_numpy().astype(np.int64) for name in ("converted", "unconverted"))
        yield kind, Paths(np.searchsorted(names, flat), starts, converted, null, len(names)), names


def read_sets(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[Ints, Ints]]:
    """Per kind the sets that goals are credited over: where each begins, and the creatives' numbers."""
    return {kind: _lists(table.column("members")) for kind, table in _by_kind(connection, _READ_SETS)}


def numbered(found: tuple[Ints, Ints], names: Ints) -> Sets:
    """Those sets in the states of `read`. A creative that only views show is in no path: it comes after all others."""
    starts, flat = found
    nothing = np.zeros(len(starts) - 1, dtype=np.int64)
    at = np.searchsorted(names, flat)
    return Sets(np.where(np.append(names, -1)[at] == flat, at, len(names) + flat), starts, nothing, nothing)


def _make(connection: duckdb.DuckDBPyConnection, table: str, name: str, values: Mapping[str, Any]) -> None:
    text = sql("fit", name)
    parsed.run(connection, f"create or replace {table} as\n{text}", standing.bound(text, values))


def _by_kind(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[str, pa.Table]]:
    """The rows of each kind, of a query that orders them by kind."""
    table = connection.sql(query).to_arrow_table()
    begin = 0
    for each in table.column("conversion_kind").value_counts():  # in the order in which they come
        kind, count = each["values"].as_py(), each["counts"].as_py()
        yield kind, table.slice(begin, count)
        begin += count


def _lists(column: Any) -> tuple[Ints, Ints]:
    """(where each list begins and the last one ends, all members) of an Arrow column of lists."""
    lengths = np.zeros(0, dtype=np.int64)
    flat = np.zeros(0, dtype=np.int64)
    for chunk in column.chunks:
        offsets = chunk.offsets.to_numpy().astype(np.int64)
        lengths = np.concatenate([lengths, np.diff(offsets)])
        flat = np.concatenate([flat, chunk.values.to_numpy()[offsets[0] : offsets[-1]].astype(np.int64)])
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64), flat


def _folded(parts: tuple[Any, ...]) -> int:
    folded = 0
    for part in parts:
        folded = folded * 31 + int(part or 0) & (1 << 64) - 1
    return folded
