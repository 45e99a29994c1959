"""This module owns the scorecard: SQL's sums become rates with intervals and, per scope, a verdict."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from analytics import scored
from analytics.inference.interval import Floats, Interval, probability_above
from analytics.verdict import Estimate, Evidence, judge

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
_CAPPED = "select count(*) from duckdb_tables() where table_name = 'caps'"


@dataclass(frozen=True, slots=True)
class Objective:
    """What verdicts judge by: a metric, its target, and the smallest sample they are made on."""

    metric: str
    target: Decimal
    clicks_min: int


def build(connection: duckdb.DuckDBPyConnection, objective: Objective) -> None:
    """Make the table `creative_scorecard` from the table `scorecard_sums`."""
    read = connection.sql(_READ).to_arrow_table()
    rated = rates(read, _is_capped(connection))
    told = judged(read, rated, objective)
    connection.register("scored", _joined(rated, told))
    connection.execute("create or replace table creative_scorecard as from scored")
    connection.unregister("scored")


def rates(read: pa.Table, capped: bool) -> pa.Table:
    """What is known of every creative, window and scope, without any verdict: keys, sums, rates with their limits."""
    numbers = _numbers(read)
    found = scored.rates(numbers, _cells(read), capped)
    columns = {name: read.column(name) for name in (*KEYS, *SUMS, "profit")}
    for name in scored.WITH_LIMITS:
        suffixes = ("", "_low", "_high", "_shrunk") if name in scored.SHRUNK else ("", "_low", "_high")
        columns |= {name + suffix: _doubles(found[name + suffix]) for suffix in suffixes}
    spent_on = np.where(numbers["reported_clicks"] > 0, numbers["reported_clicks"], numbers["clicks"])
    columns["cpc"] = _doubles(np.divide(numbers["cost"], spent_on, out=np.full(len(read), np.nan), where=spent_on > 0))
    return pa.table(columns | {name: read.column(name) for name in ("mature_clicks", "maturing")})


def judged(read: pa.Table, rated: pa.Table, objective: Objective) -> dict[str, pa.Array]:
    """The verdict of every row, in its order; the pool of campaigns and countries has none."""
    numbers, target = _numbers(read), float(objective.target)
    mature = numbers["mature_clicks"] > 0
    cost = np.where(mature, numbers["mature_cost"], numbers["cost"])
    revenue = np.where(mature, numbers["mature_revenue_millionths"], numbers["all_revenue_millionths"]) / scored.MILLION
    p = _meets_target(rated, objective, cost, np.where(mature, numbers["mature_clicks"], numbers["all_clicks"]))
    if objective.metric != "cpa":  # no spread without a sale: nobody can be sure from it
        p = np.where(revenue > 0, p, np.nan)
    allocated = np.where(mature, numbers["mature_cost_allocated"], numbers["cost_allocated"])
    values, chances = rated.column(objective.metric).to_pylist(), _doubles(p).to_pylist()
    words: list[tuple[str | None, str | None, str | None]] = [(None, None, None)] * len(read)
    for at in np.flatnonzero(~read.column("pooled").to_numpy()).tolist():
        found = judge(Evidence(
            objective.metric, target, Estimate(values[at], None, None), chances[at], int(numbers["mature_clicks"][at]),
            objective.clicks_min, float(cost[at]), float(revenue[at]), float(allocated[at]),
            int(numbers["conversions"][at]),
        ))  # fmt: skip
        words[at] = (found.verdict, found.action, found.reason)
    columns = list(zip(*words, strict=True)) or [(), (), ()]
    told = zip(("verdict", "action", "reason"), columns, strict=True)
    return {
        "objective": pa.array([objective.metric] * len(read), pa.string()),
        "target": pa.array([target] * len(read), pa.float64()), "p_meets_target": _doubles(p),
        **{name: pa.array(each, pa.string()) for name, each in told},
    }  # fmt: skip


def _meets_target(rated: pa.Table, objective: Objective, cost: Floats, clicks: Floats) -> Floats:
    """P(the objective is better than its target). A CPA below it is a conversion rate above cost per click / target."""
    metric = "cvr" if objective.metric == "cpa" else objective.metric
    interval = Interval(*(_array(rated.column(metric + suffix)) for suffix in ("", "_low", "_high")))
    target = float(objective.target)
    if objective.metric == "cpa":
        asked = np.divide(cost, clicks * target, out=np.zeros(len(cost)), where=clicks * target > 0)
        return probability_above(interval, asked)
    return probability_above(interval, target)


def _is_capped(connection: duckdb.DuckDBPyConnection) -> bool:
    if connection.execute(_CAPPED).fetchall() == [(0,)]:
        return False
    return connection.execute("select count(cap_millionths) from caps").fetchall() != [(0,)]


def _cells(read: pa.Table) -> scored.Cells:
    """Each row's cell and the cell of its window's pool."""
    cell = read.column("cell").to_numpy()
    _, window = np.unique(read.column("window_days").to_numpy(), return_inverse=True)
    pooled = read.column("pooled").to_numpy()
    pool = np.zeros(len(np.unique(window)), dtype=np.int64)
    pool[window[pooled]] = cell[pooled]
    return scored.Cells(cell, pool[window], int(cell.max(initial=-1)) + 1)


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


def _joined(rated: pa.Table, told: dict[str, Any]) -> pa.Table:
    for name, column in told.items():
        rated = rated.append_column(name, column)
    return rated
