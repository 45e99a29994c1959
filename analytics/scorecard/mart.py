"""This module owns the scorecard: SQL's sums become rates with intervals; each scope's verdicts are joined."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import duckdb
import numpy as np
import pyarrow as pa

from analytics.fit import standing
from analytics.inference.interval import Floats
from analytics.scorecard import rated
from analytics.scorecard.worded import join

SUMS = (
    "impressions", "clicks", "landing_views", "search_clicks", "results_views", "ad_clicks", "conversions", "sessions",
    "reported_impressions", "reported_clicks", "cost", "cost_allocated", "revenue",
)  # fmt: skip
KEYS = ("creative_id", "window_days", "scope", "network", "campaign_id", "country", "window_start", "window_end")
# The rows in order, and the cell (scope and window) of each, counted from 0. What is published stays a decimal; the
# doubles beside it are cast here, because pyarrow's casts take longer to import than a small build takes.
_READ = """
select *, cast(revenue - cost as decimal(38, 6)) as profit, mature_clicks = 0 as maturing, scope = 'all' as pooled,
  cast(cost as double) as cost_number, cast(cost_allocated as double) as cost_allocated_number,
  cast(revenue as double) as revenue_number, cast(mature_cost as double) as mature_cost_number,
  cast(mature_cost_allocated as double) as mature_cost_allocated_number,
  cast(all_revenue_squared as double) as all_revenue_squared_number,
  cast(mature_revenue_squared as double) as mature_revenue_squared_number,
  cast(all_capped_squared as double) as all_capped_squared_number,
  cast(mature_capped_squared as double) as mature_capped_squared_number,
  cast(dense_rank() over (order by window_days, scope, network, campaign_id, country) - 1 as bigint) as cell
from scorecard_sums order by creative_id, window_days, scope, network, campaign_id, country
"""
# What each step is counted by; where nobody reports it, that is not known, which is not the same as none.
_STEPS = {
    "landing": ("landing_views", "lp_rate", "ctr1"), "search": ("search_clicks", "ctr1"),
    "results": ("results_views", "serp_rate"), "ad_click": ("ad_clicks", "ctr2", "rpc"),
    "conversion": ("conversions", "cvr", "cpa"),
}  # fmt: skip
# A kind that is set is expected, before the first of it came.
_REPORTED = """
select r.landing, r.search, r.results, r.ad_click, m.kind is not null
from steps_reported r cross join main_kind m
"""


@dataclass(frozen=True, slots=True)
class Objective:
    """What verdicts judge by: a metric and its target."""

    metric: str
    target: Decimal


def build(connection: duckdb.DuckDBPyConnection, objective: Objective) -> None:
    """Make the table `creative_scorecard` from the tables `scorecard_sums` and `verdicts`."""
    read = connection.sql(_READ).to_arrow_table()
    ((*reported,),) = connection.execute(_REPORTED).fetchall()
    rated = _only_reported(rates(read, _is_capped(connection)), reported)
    rated = rated.append_column("objective", pa.array([objective.metric] * len(read), pa.string()))
    rated = rated.append_column("target", pa.array([float(objective.target)] * len(read), pa.float64()))
    connection.register("scored", rated)
    join(connection)
    connection.unregister("scored")


def rates(read: pa.Table, capped: bool) -> pa.Table:
    """What is known of every creative, window and scope, without any verdict: keys, sums, rates with their limits."""
    numbers = _numbers(read)
    found = rated.rates(numbers, _cells(read), capped)
    columns = {name: read.column(name) for name in (*KEYS, *SUMS, "profit")}
    for name in rated.WITH_LIMITS:
        suffixes = ("", "_low", "_high", "_shrunk") if name in rated.SHRUNK else ("", "_low", "_high")
        columns |= {name + suffix: _doubles(found[name + suffix]) for suffix in suffixes}
    spent_on = np.where(numbers["reported_clicks"] > 0, numbers["reported_clicks"], numbers["clicks"])
    columns["cpc"] = _doubles(np.divide(numbers["cost"], spent_on, out=np.full(len(read), np.nan), where=spent_on > 0))
    return pa.table(columns | {name: read.column(name) for name in ("mature_clicks", "maturing")})


def _only_reported(rated: pa.Table, reported: Sequence[bool]) -> pa.Table:
    """The same, with NULL for all that hangs on a step which nobody reports."""
    unknown = {name for names, there in zip(_STEPS.values(), reported, strict=True) if not there for name in names}
    unknown |= {name + suffix for name in unknown for suffix in ("_low", "_high", "_shrunk")}
    for at, field in enumerate(rated.schema):
        if field.name in unknown:
            rated = rated.set_column(at, field, pa.nulls(len(rated), field.type))
    return rated


def _is_capped(connection: duckdb.DuckDBPyConnection) -> bool:
    if not standing.is_there(connection, "caps"):
        return False
    return connection.execute("select count(cap_millionths) from caps").fetchall() != [(0,)]


def _cells(read: pa.Table) -> rated.Cells:
    """Each row's cell and the cell of its window's pool."""
    cell = read.column("cell").to_numpy()
    _, window = np.unique(read.column("window_days").to_numpy(), return_inverse=True)
    pooled = read.column("pooled").to_numpy()
    pool = np.zeros(len(np.unique(window)), dtype=np.int64)
    pool[window[pooled]] = cell[pooled]
    return rated.Cells(cell, pool[window], int(cell.max(initial=-1)) + 1)


def _numbers(read: pa.Table) -> dict[str, Floats]:
    """Every number of the sums as doubles."""
    numbers = {
        field.name for field in read.schema if pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
    }
    return {name.removesuffix("_number"): _array(read.column(name)) for name in numbers}


def _array(column: pa.ChunkedArray) -> Floats:
    found: Floats = column.to_numpy().astype(np.float64)
    return found


def _doubles(values: Floats) -> pa.Array:
    """nan, which is unknown here, as NULL."""
    return pa.array(values, pa.float64(), from_pandas=True)
