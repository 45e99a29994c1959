"""This module owns the sums of one creative: counts and money from the facts, outcomes of its clicks from cohorts.

All is added up in DuckDB over the creative's own rows, by any of the facts' dimensions.
"""

from collections.abc import Sequence

import pandas as pd

from dashboard.look import Look
from dashboard.maturity import last_mature
from dashboard.pages.creative.chosen import Chosen, of_creative
from dashboard.reading import frame

COUNTS = (
    "reported_impressions", "reported_clicks", "impressions", "clicks", "landing_views", "search_clicks",
    "results_views", "ad_clicks", "sessions", "search_sessions", "results_sessions", "ad_click_sessions",
    "conversion_sessions",
)  # fmt: skip
MONEY = ("cost_direct", "cost_allocated", "revenue_provisional", "revenue_settled", "refunds")
# What is added up, by the name it has here: each is an expression over the columns of facts_daily.
EXPRESSIONS = {
    **{name: name for name in (*COUNTS, *MONEY)},
    "cost": "cost_direct + cost_allocated",
    "revenue": "revenue_settled + revenue_provisional - refunds",
    "profit": "revenue_settled + revenue_provisional - refunds - cost_direct - cost_allocated",
    "conversions": "case when conversion_kind = (select conversion_kind from freshness) then conversions else 0 end",
    "orders": "case when conversion_kind = 'purchase' then conversions else 0 end",
    "leads": "case when conversion_kind = 'lead' then conversions else 0 end",
}
_DECIMALS = {"cost", "revenue", "profit", *MONEY}
# Dimensions of facts_daily and click_cohorts; the day of a click and the day of a fact have two names.
DIMENSIONS = ("day", "network", "account_id", "campaign_id", "adset_id", "ad_id", "placement", "country", "device")
# Of each click day the oldest age that all of its clicks have reached: the most that is known of them together.
_COHORTS = """
with own as (select * from click_cohorts where {condition}),
full_ages as (
  select click_day, age_bucket, sum(clicks) as reached, max(sum(clicks)) over (partition by click_day) as all_clicks
  from own group by click_day, age_bucket),
oldest as (select click_day, max(age_bucket) as age_bucket from full_ages where reached = all_clicks group by click_day)
select {dimensions} {names}
from own join oldest using (click_day, age_bucket) {group}"""


def facts(look: Look, creative: Chosen, by: Sequence[str] = ()) -> pd.DataFrame:
    """The sums of EXPRESSIONS, and `mature_cost`, per combination of `by` (of DIMENSIONS); one row without any."""
    condition, names = of_creative(look, creative, "facts_daily"), _checked(by)
    sums = ", ".join(
        f"coalesce(sum({words}), 0)::{'double' if name in _DECIMALS else 'bigint'} as {name}"
        for name, words in EXPRESSIONS.items()
    )
    late = "coalesce(sum(cost_direct + cost_allocated) filter (where day <= $mature), 0)::double as mature_cost"
    # S608: names and expressions are of the lists above, values are bound.
    sql = f"select {names}{sums}, {late} from facts_daily where {condition.sql} {_grouped(by)}"  # noqa: S608
    return frame(look.real, sql, {**condition.values, "mature": last_mature(look)})


def outcomes(look: Look, creative: Chosen, by: Sequence[str] = (), mature_only: bool = True) -> pd.DataFrame:
    """What came of its clicks, by the day of the click: `clicks, converted, revenue, revenue_squared`."""
    condition = of_creative(look, creative, "click_cohorts", "click_day")
    late = " and click_day <= $mature" if mature_only else ""
    names = _checked(by).replace("day, ", "click_day as day, ", 1) if "day" in by else _checked(by)
    sums = ", ".join(
        f"coalesce(sum({name}), 0)::{kind} as {name}"
        for name, kind in (("clicks", "bigint"), ("converted", "bigint"), ("revenue", "double"),
                           ("revenue_squared", "double"))
    )  # fmt: skip
    sql = _COHORTS.format(condition=condition.sql + late, dimensions=names, names=sums, group=_grouped(by))
    values = {**condition.values, "mature": last_mature(look)} if mature_only else dict(condition.values)
    return frame(look.real, sql, values)


def _checked(by: Sequence[str]) -> str:
    unknown = set(by) - set(DIMENSIONS)
    if unknown:
        raise ValueError(f"no dimension of the facts: {', '.join(sorted(unknown))}")
    return "".join(f"{name}, " for name in by)


def _grouped(by: Sequence[str]) -> str:
    return "group by all order by all" if by else ""
