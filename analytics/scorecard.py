"""This module owns the scorecard: SQL's sums become rates with intervals and, per scope, a verdict."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd

from analytics import intervals
from analytics.intervals import Estimate
from analytics.verdict import Evidence, judge

MILLION = 1e6
SUMS = (
    "impressions", "clicks", "landing_views", "search_clicks", "results_views", "ad_clicks", "conversions", "sessions",
    "reported_impressions", "reported_clicks", "cost", "cost_allocated", "revenue",
)  # fmt: skip
KEYS = ("creative_id", "window_days", "scope", "network", "campaign_id", "country", "window_start", "window_end")
RATES = ("ctr", "lp_rate", "ctr1", "serp_rate", "ctr2", "cvr", "epc", "profit_per_click", "roas")
VALUES = ("cpc", "cpa", "rpc", "rps")


@dataclass(frozen=True, slots=True)
class Objective:
    """What verdicts judge by: a metric, its target, and the smallest sample they are made on."""

    metric: str
    target: Decimal
    clicks_min: int


def build(connection: duckdb.DuckDBPyConnection, objective: Objective) -> None:
    """Make the table `creative_scorecard` from the table `scorecard_sums`."""
    cursor = connection.execute("select * from scorecard_sums order by creative_id, window_days, scope, network,"
                                " campaign_id, country")  # fmt: skip
    names = [column[0] for column in cursor.description or []]
    rows = [score(dict(zip(names, row, strict=True)), objective) for row in cursor.fetchall()]
    columns = [*KEYS, *SUMS, "profit"]
    columns += [name + suffix for name in RATES for suffix in ("", "_low", "_high")]
    columns += [*VALUES, "mature_clicks", "maturing", "objective", "target", "p_meets_target", "verdict", "action",
                "reason"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    connection.register("scored", frame)
    connection.execute(f"create or replace table creative_scorecard as select {_typed(columns)} from scored")  # noqa: S608
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
    return row | _values(sums) | _judged(sums, rates, objective, cost, revenue)


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


def _judged(
    sums: dict[str, Any], rates: dict[str, Estimate], objective: Objective, cost: float, revenue: float
) -> dict[str, Any]:
    target = float(objective.target)
    estimate, threshold = rates.get(objective.metric, intervals.NOTHING), target
    if objective.metric == "cpa":  # a CPA under its target is a conversion rate over cost per click / target
        clicks = sums["mature_clicks"] or sums["all_clicks"]
        estimate, threshold = rates["cvr"], (cost / clicks / target if clicks and target else 0.0)
    p = intervals.probability_above(estimate, threshold)
    if revenue <= 0 and objective.metric != "cpa":  # no spread without a sale: nobody can be sure from it
        p = None
    told = {"objective": objective.metric, "target": target, "p_meets_target": p,
            "verdict": None, "action": None, "reason": None}  # fmt: skip
    if sums["scope"] == "all":  # pooled over campaigns and countries: no verdict
        return told
    shown = Estimate(_values(sums)["cpa"], None, None) if objective.metric == "cpa" else estimate
    verdict = judge(Evidence(
        objective.metric, target, shown, p, sums["mature_clicks"], objective.clicks_min, cost, revenue,
        float(sums["mature_cost_allocated" if sums["mature_clicks"] else "cost_allocated"]), sums["conversions"],
    ))  # fmt: skip
    return told | {"verdict": verdict.verdict, "action": verdict.action, "reason": verdict.reason}


def _typed(columns: list[str]) -> str:
    """The select list that gives every column its type, also when there is no row."""
    texts = {"creative_id", "scope", "network", "campaign_id", "country", "objective", "verdict", "action", "reason"}
    money = {"cost", "cost_allocated", "revenue", "profit"}
    kinds = {"window_days": "integer", "window_start": "date", "window_end": "date", "maturing": "boolean"}
    counts = {"mature_clicks", *SUMS} - money

    def kind(name: str) -> str:
        if name in kinds:
            return kinds[name]
        return (
            "varchar"
            if name in texts
            else "decimal(38, 6)"
            if name in money
            else "bigint"
            if name in counts
            else "double"
        )

    return ", ".join(f"cast({name} as {kind(name)}) as {name}" for name in columns)
