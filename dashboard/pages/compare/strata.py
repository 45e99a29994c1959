"""This module owns what is compared on common ground: clicks old enough, by day and place, and what they brought.

Money counts at one age for all (the bucket of `click_cohorts` that covers the install's maturity), so that an old
creative is not better for being old. A click costs what clicks of its creative cost that day on that network: reports
name no device and seldom a country.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from analytics.compare.growing import Side
from analytics.compare.shared import Strata
from dashboard.filtering import where
from dashboard.look import Look
from dashboard.maturity import last_mature, mature_words
from dashboard.pages.compare.picks import Pick, of_picks
from dashboard.reading import frame, rows
from dashboard.spans import Span

_AGES = (0, 1, 2, 3, 7, 14, 28)
# S608: the conditions are `filtering.where`'s, made of our own columns; values are bound.
_CELLS = """
with spent as (
  select day, creative_id, network, sum(cost_direct + cost_allocated)::double as cost, sum(clicks)::double as clicks
  from facts_daily where day between $first and $last and creative_id in (select unnest($ids::varchar[]))
  group by all)
select c.click_day as day, c.network, c.country, c.device, c.creative_id, sum(c.clicks)::double as clicks,
  sum(c.converted)::double as converted, sum(c.revenue)::double as revenue,
  sum(c.revenue_squared)::double as revenue_squared,
  coalesce(any_value(s.cost / nullif(s.clicks, 0)), 0) as cost_per_click
from click_cohorts c
left join spent s on s.day = c.click_day and s.creative_id = c.creative_id and s.network is not distinct from c.network
where c.age_bucket = $age and c.click_day between $first and $last
  and c.creative_id in (select unnest($ids::varchar[])) and /*filters*/
group by c.click_day, c.network, c.country, c.device, c.creative_id having sum(c.clicks) > 0
order by day, c.network, c.country, c.device, c.creative_id
"""
_LEAST = "select value from thresholds where name = 'clicks_min' order by version desc limit 1"


@dataclass(frozen=True)
class Ground:
    """Cells of (day, network, country, device, creative) with `value` beside the counts, all in the target's money.

    `last` is the last mature day at that age, of which only clicks count that are `age` days old by now. `costed`:
    whether what a click costs is taken off.
    """

    cells: pd.DataFrame
    first: date
    last: date
    age: int
    costed: bool
    measure: str


def age_of(look: Look) -> int:
    """The age in days at which money is compared."""
    return next((age for age in _AGES if age >= look.fresh.maturity_days), _AGES[-1])


def basis(look: Look, days_min: int = 0, what: str = "") -> str:
    """Which days are compared, in the one wording of the page; `days_min` as `ground` has it."""
    return mature_words(look, _reached(look, days_min), age_of(look), what)


def _reached(look: Look, days_min: int) -> Span:
    """The period; a shorter one than `days_min` days is begun where one of so many would begin.

    Where nothing in it is mature, it reaches back for so many days that are.
    """
    if not days_min:
        return look.period
    last, back = min(look.period.last, last_mature(look, age_of(look))), timedelta(days=days_min - 1)
    begin = look.period.last - back if look.period.last - back <= last else last - back
    first = min(look.period.first, max(look.period.oldest, begin))
    return replace(look.period, first=first)


def ground(look: Look, picks: tuple[Pick, ...], days_min: int = 0) -> Ground:
    """The cells of the picks on the mature days of the period, which has at least `days_min` days (`_reached`)."""
    age, first = age_of(look), _reached(look, days_min).first
    last = min(look.period.last, last_mature(look, age))
    kept = where(of_picks(look), "click_cohorts", "c")
    values = {"first": first, "last": last, "age": age, "ids": [pick.creative_id for pick in picks], **kept.values}
    cells = frame(look.real, _CELLS.replace("/*filters*/", kept.sql), values)
    paid = (cells["cost_per_click"] * cells["clicks"]).groupby(cells["creative_id"]).sum()
    costed = len(paid) == len(picks) and bool((paid > 0).all())
    return Ground(_valued(cells, look, costed), first, last, age, costed, _measure(look, costed))


def clicks_min(look: Look) -> float:
    """The minimum sample in clicks that verdicts ask for, too."""
    found = rows(look.real, _LEAST)
    return float(str(found[0][0])) if found else 0.0


def strata(ground_: Ground, picks: tuple[Pick, ...]) -> Strata:
    """The cells as (strata, creatives)."""
    cells, ids = ground_.cells, [pick.creative_id for pick in picks]
    places = cells[["day", "network", "country", "device"]].astype("string").fillna("")
    at, names = pd.factorize(pd.MultiIndex.from_frame(places))
    column = cells["creative_id"].map({name: n for n, name in enumerate(ids)}).to_numpy()
    tables = {}
    for name in ("clicks", "value", "cost_per_click"):
        tables[name] = np.zeros((len(names), len(ids)))
        tables[name][at, column] = cells[name].to_numpy()
    by = cells.groupby("creative_id")[["squared", "converted"]].sum().reindex(ids, fill_value=0.0)
    day = np.zeros(len(names))
    day[at] = pd.factorize(cells["day"])[0]
    return Strata(day, **tables, squared=by["squared"].to_numpy(), converted=by["converted"].to_numpy())


def by_day(ground_: Ground, pick: Pick) -> Side:
    """One creative by day, every day of the ground once."""
    own = ground_.cells[ground_.cells["creative_id"] == pick.creative_id]
    own = own.assign(cost=own["cost_per_click"] * own["clicks"])
    index = pd.date_range(ground_.first, ground_.last)
    days = own.groupby(pd.to_datetime(own["day"]))[["clicks", "value", "squared", "converted", "cost"]].sum()
    days = days.reindex(index, fill_value=0.0)
    each = {name: days[name].to_numpy(dtype=float) for name in ("clicks", "value", "squared", "converted")}
    clicks = each["clicks"]
    cost = np.where(clicks > 0, days["cost"].to_numpy(dtype=float) / np.where(clicks > 0, clicks, 1.0), 0.0)
    return Side(**each, cost_per_click=cost)


def _valued(cells: pd.DataFrame, look: Look, costed: bool) -> pd.DataFrame:
    target = look.fresh.target or 0.0
    if look.fresh.objective == "cpa" and target > 0:
        valued = cells.assign(value=cells["converted"] * target, squared=cells["converted"] * target**2)
    else:
        factor = 1 / target if look.fresh.objective == "roas" and target > 0 else 1.0
        valued = cells.assign(value=cells["revenue"] * factor, squared=cells["revenue_squared"] * factor**2)
    return valued if costed else valued.assign(cost_per_click=0.0)


def _measure(look: Look, costed: bool) -> str:
    """What is compared, in words."""
    target = look.fresh.target or 0.0
    if look.fresh.objective == "cpa" and target > 0:
        value = f"conversions at {target:,.2f} {look.fresh.currency} each (the CPA target)"
    elif look.fresh.objective == "roas" and target > 0 and target != 1:
        value = f"revenue over the ROAS target of {target:,.2f}"
    else:
        value = "revenue"
    return f"{value} less cost, per click" if costed else f"{value} per click (the cost of one of them is not known)"
