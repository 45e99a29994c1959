"""This module owns the sums of the overview: what one row per day, or per creative, of the facts adds up to."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from dashboard.filtering import period_values, where
from dashboard.look import Look
from dashboard.pages.overview.costs import known_cost
from dashboard.reading import VERSIONS, frame, rows
from dashboard.spans import Span
from dashboard.words import MEASURES, MONEY_CARDS, Measure, kind_words

COUNTS = (
    "reported_impressions", "reported_clicks", "clicks", "sessions", "search_sessions", "results_sessions",
    "ad_click_sessions", "ad_clicks",
)  # fmt: skip
# Proportions are of sessions that reached the step: events per event can exceed 1.
_SESSIONS = {
    "lp_rate": ("sessions", "clicks"),
    "ctr1": ("search_sessions", "sessions"),
    "serp_rate": ("results_sessions", "search_sessions"),
    "ctr2": ("ad_click_sessions", "results_sessions"),
}
_MONEY = "sum(revenue_settled + revenue_provisional - refunds)::double as revenue"
_COST = "sum(cost_direct + cost_allocated)::double as cost"
_KINDS = """coalesce(sum(conversions) filter (conversion_kind = 'purchase'), 0)::bigint as orders,
  coalesce(sum(conversions) filter (conversion_kind = 'lead'), 0)::bigint as leads,
  coalesce(sum(conversions) filter (conversion_kind = $main), 0)::bigint as goals"""
_OF_SHORTS = """and creative_id in (select creative_id from creatives where list_contains($shorts::varchar[],
  split_part(creative_id, '_', 1) || '_' || left(split_part(creative_id, '_', 2), 8)))"""
_AT_AGE = """select * from click_cohorts
  where age_bucket = {age} and click_day between $first_{age} and $last_{age} and {filters}"""
APART_MAX = 8  # days between two periods that are asked for together
_GOALS = ("orders", "leads", "goals")
_ANY = "exists (select 1 from facts_daily where conversion_kind = ${kind} and conversions <> 0)"
_AMOUNTS = {"cost": ("cost_direct", "cost_allocated"), "revenue": ("revenue_settled", "revenue_provisional", "refunds")}
_SUMS = ", ".join(f"sum({name})::bigint as {name}" for name in COUNTS) + f", {_KINDS}, {_COST}, {_MONEY}"
# Of click_cohorts: at a bucket stand the clicks of days that are more days past than it, and not than the next.
_BUCKETS = (0, 1, 2, 3, 7, 14, 28)


def daily(look: Look, span: Span) -> pd.DataFrame:
    """One row per day of the span, every day once: the sums, `profit`, and what of them no creative is known for."""
    condition, asked = where(look, "facts_daily"), _asked(look, span)
    sql = f"""select day, {_SUMS},
      coalesce(sum(cost_direct + cost_allocated) filter (creative_id is null), 0)::double as untied_cost,
      coalesce(sum(revenue_settled + revenue_provisional - refunds) filter (creative_id is null), 0)::double
        as untied_revenue
      from facts_daily where day between $first and $last and {condition.sql} group by day"""  # noqa: S608 - our names
    found = frame(look.real, sql, {**period_values(asked), "main": look.fresh.conversion_kind, **condition.values})
    index = pd.date_range(span.first, span.last, name="day")
    days = found.set_index(pd.DatetimeIndex(pd.to_datetime(found["day"]))).drop(columns="day")
    return _profited(known_cost(look, days.reindex(index, fill_value=0)))


def _asked(look: Look, span: Span) -> Span:
    """The days that are asked of the file at once: the period and what it is compared with, where they lie together."""
    spans = [look.period] if look.before is None else [look.period, look.before]
    if look.before is not None and (look.period.first - look.before.last).days <= APART_MAX:
        spans = [Span(look.before.first, look.period.last, look.period.oldest)]
    return next((each for each in spans if each.first <= span.first and span.last <= each.last), span)


def per_creative(look: Look, span: Span, shorts: tuple[str, ...] = ()) -> pd.DataFrame:
    """One row per creative with anything in the span, best profit first: text, sums, `profit`, what is allocated.

    With `shorts` only those of these short ids.
    """
    condition = where(look, "facts_daily")
    sql = f"""select c.creative_text, c.identity_by, c.status, s.* from (
        select creative_id, list_sort(list(distinct network) filter (network is not null)) as networks, {_SUMS},
          sum(cost_allocated)::double as cost_allocated
        from facts_daily where day between $first and $last and {condition.sql} {_OF_SHORTS if shorts else ""}
        group by creative_id) s
      join creatives c on c.creative_id = s.creative_id"""  # noqa: S608 - our own names
    values = {**period_values(span), "main": look.fresh.conversion_kind, **condition.values}
    found = frame(look.real, sql, {**values, "shorts": list(shorts)} if shorts else values)
    anything = found[[*COUNTS, "orders", "leads", "goals", "cost", "revenue"]].ne(0).any(axis=1)
    known = _profited(known_cost(look, found[anything], each=True))
    return known.sort_values(["profit", "revenue", "creative_id"], ascending=[False, False, True], ignore_index=True)


def daily_per_creative(look: Look, span: Span, ids: tuple[str, ...] | None = None) -> pd.DataFrame:
    """One row per day and creative that day has anything of: `cost`, `revenue`, `clicks`; only `ids` where given."""
    condition = where(look, "facts_daily")
    sql = f"""select day, creative_id, {_COST}, {_MONEY}, sum(clicks)::bigint as clicks
      from facts_daily where day between $first and $last and {condition.sql}
        and {"creative_id is not null" if ids is None else "creative_id in (select unnest($ids::varchar[]))"}
      group by day, creative_id order by creative_id, day"""  # noqa: S608 - our own names
    values = {**period_values(span), **condition.values}
    return _profited(known_cost(look, frame(look.real, sql, values if ids is None else {**values, "ids": list(ids)})))


def reported(look: Look) -> frozenset[str]:
    """The columns of the sums that anything was ever stated in: a step that nobody reports does not appear."""
    return _reported(look.real, look.fresh.conversion_kind)


@lru_cache(maxsize=VERSIONS)
def _reported(real: Path, main: str) -> frozenset[str]:
    """Asked of the least and the largest value, which DuckDB knows without a look at the rows."""
    names = (*COUNTS, *(name for parts in _AMOUNTS.values() for name in parts))
    ends = rows(real, f"select {', '.join(f'max({name}), min({name})' for name in names)} from facts_daily")[0]  # noqa: S608
    stated = {name for place, name in enumerate(names) if ends[2 * place] or ends[2 * place + 1]}
    there = {name for name in COUNTS if name in stated}
    there |= {name for name, parts in _AMOUNTS.items() if stated.intersection(parts)}
    kinds = {"orders": "purchase", "leads": "lead", "goals": main}
    told = rows(real, "select " + ", ".join(_ANY.format(kind=name) for name in _GOALS), kinds)[0]
    there |= {goal for goal, is_told in zip(_GOALS, told, strict=True) if is_told}
    return frozenset(there | ({"profit"} if there & {"cost", "revenue"} else set()))


def parts_of(measure: Measure) -> tuple[str, str | None]:
    """The columns of the sums that a measure divides; sessions where it is a proportion of them."""
    return _SESSIONS.get(measure.key, (measure.top, measure.bottom))


def told(keys: tuple[str, ...], there: frozenset[str]) -> list[Measure]:
    """The measures of these names whose steps somebody reports."""
    measures = [MEASURES[key] for key in keys]
    return [one for one in measures if all(part is None or part in there for part in parts_of(one))]


def cards_of(kind: str, there: frozenset[str]) -> list[Measure]:
    """The measures of the totals, the money first."""
    return told((*MONEY_CARDS, *kind_words(kind).cards), there)


def value(measure: Measure, sums: pd.DataFrame) -> float | None:
    """The measure over all rows of a frame of sums; None where there is nothing to divide by."""
    top, bottom = parts_of(measure)
    above = float(sums[top].sum(skipna=False))
    if bottom is None:
        return above if len(sums) and not np.isnan(above) else None
    below = float(sums[bottom].sum(skipna=False))
    return above / below if below and not np.isnan(above / below) else None


def values(measure: Measure, sums: pd.DataFrame) -> pd.Series:
    """The measure of each row; NaN where there is nothing to divide by."""
    top, bottom = parts_of(measure)
    above = sums[top].astype(float)
    return above if bottom is None else above / sums[bottom].astype(float).replace(0, np.nan)


def cohorts(look: Look, span: Span, by: str = "click_day") -> pd.DataFrame:
    """Per click day, or per creative (`by`): clicks, those that converted, their money and its sum of squares.

    Of each day the oldest age that all of its clicks have reached, so that no bucket is counted twice.
    """
    condition = where(look, "click_cohorts")
    asked = _asked(look, span) if by == "click_day" else span
    group = by if by in ("click_day", "creative_id") else "click_day"
    parts = " union all ".join(_AT_AGE.format(age=age, filters=condition.sql) for age in _BUCKETS)
    sql = f"""select {group}, sum(clicks)::double as clicks, sum(converted)::double as converted,
        sum(revenue)::double as revenue, sum(revenue_squared)::double as squared
      from ({parts}) aged group by {group} order by {group}"""  # noqa: S608 - our own names
    found = frame(look.real, sql, {**_ages(asked, look.fresh.today), **condition.values})
    if asked == span:
        return found
    return found[found["click_day"].between(pd.Timestamp(span.first), pd.Timestamp(span.last))].reset_index(drop=True)


def _ages(span: Span, today: date) -> dict[str, object]:
    """The days of the span by the oldest bucket that all clicks of a day have reached: `first_<age>`, `last_<age>`.

    Each is asked for by itself: rows stand by age and day, so that all others are passed over. A bucket that no day
    has reached begins after its end.
    """
    found: dict[str, object] = {}
    for age, older in zip(_BUCKETS, (*_BUCKETS[1:], None), strict=True):
        found[f"first_{age}"] = span.first if older is None else max(span.first, today - timedelta(days=older))
        found[f"last_{age}"] = span.last if age == 0 else min(span.last, today - timedelta(days=age + 1))
    return found


def _profited(sums: pd.DataFrame) -> pd.DataFrame:
    return sums.assign(profit=sums["revenue"] - sums["cost"])


def totals(sums: pd.DataFrame) -> Mapping[str, float]:
    """Every column of a frame of sums, added up."""
    return {str(name): float(sums[name].sum(skipna=False)) for name in sums.columns if sums[name].dtype.kind in "if"}
