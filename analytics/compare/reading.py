"""This module owns the amounts that are compared: per creative and day, from the published file, as integers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np

FIELDS = (
    "clicks", "sessions", "search_sessions", "results_sessions", "ad_click_sessions", "ad_clicks", "conversions",
    "reported_clicks", "reported_impressions", "cost", "revenue",
)  # fmt: skip
KEPT = "/*kept*/"  # where a reader of its own puts a further condition on `f`
AMOUNTS = """
select f.creative_id, f.day, sum(f.clicks), sum(f.sessions), sum(f.search_sessions), sum(f.results_sessions),
  sum(f.ad_click_sessions), sum(f.ad_clicks),
  sum(case when f.conversion_kind = n.conversion_kind then f.conversions else 0 end), sum(f.reported_clicks),
  sum(f.reported_impressions), sum(f.cost_direct + f.cost_allocated) * 1000000,
  sum(f.revenue_settled + f.revenue_provisional - f.refunds) * 1000000
from facts_daily f cross join freshness n
where f.day between $first and $last
  and ($creatives is null or list_contains(cast($creatives as varchar[]), f.creative_id))
  and /*kept*/ true
group by f.creative_id, f.day order by f.creative_id, f.day
"""
Days = tuple[date, date]
Counts = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Amounts:
    """(creatives, days, FIELDS) as int64, money in millionths; a creative of None is what nobody is credited with."""

    creatives: tuple[str | None, ...]
    days: Days
    values: Counts

    def total(self, field: str) -> int:
        """The sum of a field."""
        return int(self.values[:, :, FIELDS.index(field)].sum())

    @property
    def by_creative(self) -> Counts:
        """(creatives, FIELDS): all days together."""
        return np.asarray(self.values.sum(axis=1))


@dataclass(frozen=True, slots=True)
class Published:
    """What the published file says of itself: its business, currency, last day and last mature day, steps reported."""

    kind: str
    currency: str
    today: date
    mature_day: date
    as_of: Any
    steps: frozenset[str]

    @property
    def maturing(self) -> str:
        """A sentence about days that are younger."""
        return f"Days after {self.mature_day} are still maturing: their money is not all there yet."


def published(connection: duckdb.DuckDBPyConnection) -> Published:
    """Of the connection's published file."""
    ((as_of, zone, currency, kind, maturity),) = connection.execute(
        "select as_of, timezone, currency, kind, maturity_days from freshness"
    ).fetchall()
    today = as_of.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).date()
    steps = connection.execute("select distinct step from funnel_daily").fetchall()
    mature_day = today - timedelta(days=maturity)
    return Published(kind, currency, today, mature_day, as_of, frozenset(step for (step,) in steps))


def first_day(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The first day of which there is anything."""
    ((day,),) = connection.execute("select min(day) from facts_daily").fetchall()
    return day  # type: ignore[no-any-return]


def amounts(connection: duckdb.DuckDBPyConnection, days: Days, creatives: Sequence[str] | None = None) -> Amounts:
    """The amounts of some creatives, in their order, or of all; days inclusive."""
    wanted = None if creatives is None else list(creatives)
    bound = {"first": days[0], "last": days[1], "creatives": wanted}
    return tabled(connection.execute(AMOUNTS, bound).fetchall(), days, creatives)


def tabled(rows: Sequence[tuple[Any, ...]], days: Days, creatives: Sequence[str | None] | None = None) -> Amounts:
    """The rows that AMOUNTS answers, of some creatives in their order, or of all that are in them."""
    names = tuple(dict.fromkeys(creatives if creatives is not None else (row[0] for row in rows)))
    at = {name: n for n, name in enumerate(names)}
    values = np.zeros((len(names), (days[1] - days[0]).days + 1, len(FIELDS)), dtype=np.int64)
    for creative, day, *found in rows:
        values[at[creative], (day - days[0]).days] = [int(each) for each in found]
    return Amounts(names, days, values)
