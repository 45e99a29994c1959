"""This module owns every query of the dashboard: allow-listed names, bound values, a connection for each.

A published file never changes, so an answer is remembered under (file, arguments); a new version is a new
file. The frames are shared between requests: read them, never write into them.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from dashboard.marts import Choices, Freshness, Span
from dashboard.pooling import pooled_columns
from dashboard.published import opened
from dashboard.state import State

COUNTS = (
    "reported_impressions",
    "reported_clicks",
    "clicks",
    "landing_views",
    "search_clicks",
    "results_views",
    "ad_clicks",
    "conversions",
)
_SUMS = ", ".join(f"sum({name})::bigint as {name}" for name in COUNTS)
_ANY = " + ".join(f"coalesce(sum({name}), 0)" for name in COUNTS)
_CELL = """($network::varchar is null or network = $network)
  and ($campaign::varchar is null or campaign_id = $campaign)"""
_COUNTRY = "($country::varchar is null or country = $country)"
_TEXT = "($text::varchar is null or contains(lower(creative_text), lower($text)))"
_NAMED = """($text::varchar is null or creative_id in
  (select creative_id from creatives where contains(lower(creative_text), lower($text))))"""


def _frame(real: Path, sql: str, values: dict[str, object]) -> pd.DataFrame:
    with opened(real) as con:
        return con.execute(sql, values).df()


def _rows(real: Path, sql: str, values: dict[str, object] | None = None) -> list[tuple[object, ...]]:
    with opened(real) as con:
        return con.execute(sql, values or {}).fetchall()


def _filters(state: State) -> dict[str, object]:
    return {"network": state.network, "campaign": state.campaign, "text": state.text}


@lru_cache(maxsize=8)
def freshness(real: Path) -> Freshness:
    """The one row of `freshness`."""
    sql = "select newest_event, as_of, timezone, currency, kind, objective, target, interactions from freshness"
    event, as_of, zone, *rest = _rows(real, sql)[0]
    assert isinstance(as_of, datetime)  # noqa: S101 - the mart's contract, for the type checker
    seen = event.replace(tzinfo=UTC) if isinstance(event, datetime) else None
    return Freshness(seen, as_of.replace(tzinfo=UTC), ZoneInfo(str(zone)), *rest)  # type: ignore[arg-type]


@lru_cache(maxsize=8)
def formulas(real: Path) -> dict[str, str]:
    """Metric → its formula in words, as the mart `metrics` defines it."""
    return {str(name): str(words) for name, words in _rows(real, "select metric, formula from metrics")}


@lru_cache(maxsize=64)
def choices(real: Path, network: str | None = None) -> Choices:
    """What the filters can be set to; campaigns only of `network` when one is given."""
    sql = """select distinct network, campaign_id, country from creative_scorecard where scope = 'campaign'"""
    found = _rows(real, sql)
    (count,) = _rows(real, "select count(*) from creatives")[0]
    return Choices(
        networks=tuple(sorted({str(row[0]) for row in found if row[0] is not None})),
        campaigns=tuple(sorted({str(row[1]) for row in found if row[1] is not None and network in (None, row[0])})),
        countries=tuple(sorted({str(row[2]) for row in found if row[2] is not None})),
        creatives=int(str(count)),
    )


@lru_cache(maxsize=64)
def span(real: Path, days: int) -> Span | None:
    """The days of a window as the scorecard has them; None while there is no data at all."""
    sql = """select min(window_start), max(window_end), (select min(day) from creative_daily),
      (select max(day) from creative_daily) from creative_scorecard where window_days = $days"""
    first, last, oldest, newest = _rows(real, sql, {"days": days})[0]
    last = last or newest
    if not isinstance(last, date) or not isinstance(oldest, date):
        return None
    if not isinstance(first, date):
        first = last - timedelta(days=days - 1) if days else oldest
    return Span(first, last, oldest)


# S608: the names in these texts come from the lists above, never from a request; values are bound.
_RANKING = f"""
select creative_id, any_value(creative_text) as creative_text, any_value(identity_by) as identity_by,
  any_value(status) as status, any_value(networks) as networks, count(*)::bigint as cells, {_SUMS},
  sum(s.cost)::double as cost, sum(s.cost_allocated)::double as cost_allocated,
  sum(s.revenue)::double as revenue, sum(s.profit)::double as profit, {pooled_columns()},
  bool_or(coalesce(maturing, false)) as maturing, any_value(objective) as objective,
  case when min(target) = max(target) then min(target) end as target
from creative_scorecard as s join creatives using (creative_id)
where window_days = $days and scope = $scope and {_CELL} and {_COUNTRY} and {_TEXT}
group by creative_id having sum(s.cost) <> 0 or sum(s.revenue) <> 0 or {_ANY} > 0
order by profit desc nulls last, creative_id"""  # noqa: S608

_CELLS = f"""
select creative_id, network, campaign_id, country, verdict, action, reason, cost::double as cost
from creative_scorecard
where window_days = $days and scope = 'campaign' and {_CELL} and {_COUNTRY} and {_NAMED}
order by cost desc, network, campaign_id, country"""  # noqa: S608

_DAILY = f"""
select day, {_SUMS}, sum(cost)::double as cost, sum(revenue)::double as revenue,
  coalesce(sum(cost) filter (where creative_id is null), 0)::double as untied_cost,
  coalesce(sum(revenue) filter (where creative_id is null), 0)::double as untied_revenue
from creative_daily where day between $first and $last and {_CELL} and {_NAMED}
group by day order by day"""  # noqa: S608

_GOALS = f"""
select day, conversion_kind, sum(conversions)::bigint as conversions from facts_daily
where day between $first and $last and conversions > 0 and conversion_kind is not null
  and {_CELL} and {_COUNTRY} and {_NAMED}
group by day, conversion_kind order by day, conversion_kind"""  # noqa: S608

_TREND = f"""
select day, creative_id, sum(cost)::double as cost, sum(revenue)::double as revenue,
  sum(clicks)::bigint as clicks
from creative_daily
where day between $first and $last and {_CELL} and creative_id in (select unnest($ids::varchar[]))
group by day, creative_id order by day, creative_id"""  # noqa: S608


@lru_cache(maxsize=64)
def ranking(real: Path, state: State) -> pd.DataFrame:
    """One row per creative of the window and filters, best profit first: counts, money, rates, limits.

    Without a network, campaign or country it reads the scope `all`; with one, the matching cells as one.
    """
    scope = "campaign" if state.network or state.campaign or state.country else "all"
    return _frame(real, _RANKING, {"days": state.days, "scope": scope, "country": state.country, **_filters(state)})


@lru_cache(maxsize=64)
def cells(real: Path, state: State) -> pd.DataFrame:
    """The scopes that verdicts belong to: creative × network × campaign × country, largest spend first."""
    return _frame(real, _CELLS, {"days": state.days, "country": state.country, **_filters(state)})


@lru_cache(maxsize=64)
def daily(real: Path, state: State, first: date, last: date) -> pd.DataFrame:
    """One row per day: counts, `cost`, `revenue`, and what of them belongs to no creative (`untied_*`).

    The country is not applied: `creative_daily` does not have it.
    """
    return _frame(real, _DAILY, {"first": first, "last": last, **_filters(state)})


@lru_cache(maxsize=64)
def goals(real: Path, state: State, first: date, last: date) -> pd.DataFrame:
    """Conversions per day and kind; kinds are never summed."""
    return _frame(real, _GOALS, {"first": first, "last": last, "country": state.country, **_filters(state)})


@lru_cache(maxsize=64)
def trend(real: Path, state: State, ids: tuple[str, ...], first: date, last: date) -> pd.DataFrame:
    """One row per day and creative: `cost`, `revenue`, `clicks`. The country is not applied (see `daily`)."""
    values = {"first": first, "last": last, "ids": list(ids)}
    return _frame(real, _TREND, {**values, "network": state.network, "campaign": state.campaign})
