"""This module owns the scorecard: SQL's sums become rates with intervals; each scope's verdicts are joined."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from analytics import intervals
from analytics.intervals import Estimate
from analytics.verdicts.joined import join

MILLION = 1e6
SUMS = (
    "impressions", "clicks", "landing_views", "search_clicks", "results_views", "ad_clicks", "conversions", "sessions",
    "reported_impressions", "reported_clicks", "cost", "cost_allocated", "revenue",
)  # fmt: skip
KEYS = ("creative_id", "window_days", "scope", "network", "campaign_id", "country", "window_start", "window_end")
RATES = ("ctr", "lp_rate", "ctr1", "serp_rate", "ctr2", "cvr", "epc", "profit_per_click", "roas")
VALUES = ("cpc", "cpa", "rpc", "rps")
_TEXTS = ("creative_id", "scope", "network", "campaign_id", "country", "objective")
_TYPES = {
    **dict.fromkeys(_TEXTS, pa.string()),
    **dict.fromkeys(("cost", "cost_allocated", "revenue", "profit"), pa.decimal128(38, 6)),
    "window_days": pa.int32(), "window_start": pa.date32(), "window_end": pa.date32(), "maturing": pa.bool_(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Objective:
    """What verdicts judge by: a metric and its target."""

    metric: str
    target: Decimal


def build(connection: duckdb.DuckDBPyConnection, objective: Objective) -> None:
    """Make the table `creative_scorecard` from the tables `scorecard_sums` and `verdicts`."""
    cursor = connection.execute("select * from scorecard_sums order by creative_id, window_days, scope, network,"
                                " campaign_id, country")  # fmt: skip
    names = [column[0] for column in cursor.description or []]
    rows = [score(dict(zip(names, row, strict=True)), objective) for row in cursor.fetchall()]
    columns = [*KEYS, *SUMS, "profit"]
    columns += [name + suffix for name in RATES for suffix in ("", "_low", "_high")]
    columns += [*VALUES, "mature_clicks", "maturing", "objective", "target"]  # fmt: skip
    table = pa.table({name: pa.array([row[name] for row in rows], _type(name)) for name in columns})
    connection.register("scored", table)
    join(connection)
    connection.unregister("scored")


def score(sums: dict[str, Any], objective: Objective) -> dict[str, Any]:
    """One row of the scorecard from one row of sums."""
    mature = sums["mature_clicks"] > 0
    basis = "mature" if mature else "all"
    clicks = sums[f"{basis}_clicks"]
    revenue = sums[f"{basis}_revenue_millionths"] / MILLION
    cost = float(sums["mature_cost"] if mature else sums["cost"])
    squared = float(sums[f"{basis}_revenue_squared"]) / MILLION**2
    epc = intervals.mean(revenue, squared, clicks)
    cpc = cost / clicks if clicks else None
    rates = _proportions(sums, basis) | {
        "epc": epc,
        "profit_per_click": intervals.shift(epc, -cpc) if cpc is not None else intervals.NOTHING,
        "roas": intervals.scale(epc, 1 / cpc) if cpc else intervals.NOTHING,
    }
    row: dict[str, Any] = {name: sums[name] for name in (*KEYS, *SUMS)}
    row |= {"profit": sums["revenue"] - sums["cost"], "mature_clicks": sums["mature_clicks"], "maturing": not mature}
    for name, rate in rates.items():
        row |= {name: rate.value, f"{name}_low": rate.low, f"{name}_high": rate.high}
    return row | _values(sums) | {"objective": objective.metric, "target": float(objective.target)}


def _proportions(sums: dict[str, Any], basis: str) -> dict[str, Estimate]:
    """Rates of sessions that reached a step; a step without its denominator is unknown, not zero."""
    pairs = {
        "ctr": ("clicks", "impressions"),
        "lp_rate": ("sessions", "clicks"),
        "ctr1": ("search_sessions", "sessions"),
        "serp_rate": ("results_sessions", "search_sessions"),
        "ctr2": ("ad_click_sessions", "results_sessions"),
        "cvr": (f"{basis}_converted", f"{basis}_clicks"),
    }
    if sums["reported_impressions"]:  # both sides reported, or both observed: never mixed in one rate
        pairs["ctr"] = ("reported_clicks", "reported_impressions")
    return {name: intervals.wilson(min(sums[top], sums[bottom]), sums[bottom]) for name, (top, bottom) in pairs.items()}


def _values(sums: dict[str, Any]) -> dict[str, float | None]:
    cost, revenue = float(sums["cost"]), float(sums["revenue"])
    spent_on = sums["reported_clicks"] or sums["clicks"]
    return {
        "cpc": cost / spent_on if spent_on else None,
        "cpa": cost / sums["conversions"] if sums["conversions"] else None,
        "rpc": revenue / sums["ad_clicks"] if sums["ad_clicks"] else None,
        "rps": revenue / sums["sessions"] if sums["sessions"] else None,
    }


def _type(name: str) -> pa.DataType:
    """The type of a column, also when there is no row."""
    if name in _TYPES:
        return _TYPES[name]
    return pa.int64() if name in ("mature_clicks", *SUMS) else pa.float64()
