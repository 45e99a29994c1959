"""This module owns the numbers side by side: a row per measure, a column per creative, with intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analytics.inference import money
from analytics.inference.interval import Interval, inverse, scale, shift
from analytics.inference.proportions import wilson
from dashboard import numbers
from dashboard.filtering import period_values, where
from dashboard.look import Look
from dashboard.pages.compare.picks import Pick, of_picks, picked
from dashboard.pages.compare.strata import Ground, basis, ground
from dashboard.panels.panel import Column, Rows
from dashboard.reading import frame, rows

# S608: the condition is `filtering.where`'s; values are bound.
_SUMS = """
select f.creative_id, sum(f.cost_direct + f.cost_allocated)::double as cost,
  sum(f.revenue_settled + f.revenue_provisional - f.refunds)::double as revenue, sum(f.clicks)::double as clicks,
  sum(f.sessions)::double as sessions, sum(f.search_sessions)::double as search_sessions,
  sum(f.results_sessions)::double as results_sessions, sum(f.ad_click_sessions)::double as ad_click_sessions,
  sum(f.ad_clicks)::double as ad_clicks,
  sum(case when f.conversion_kind = n.conversion_kind then f.conversions else 0 end)::double as conversions,
  sum(f.reported_clicks)::double as reported_clicks, sum(f.reported_impressions)::double as reported_impressions
from facts_daily f cross join freshness n
where f.day between $first and $last and f.creative_id in (select unnest($ids::varchar[])) and /*filters*/
group by f.creative_id
"""
# Measure → sessions that reached a step, of those that could; ctr as the platforms report it.
_STEPS = {
    "ctr": ("reported_clicks", "reported_impressions"), "lp_rate": ("sessions", "clicks"),
    "ctr1": ("search_sessions", "sessions"), "serp_rate": ("results_sessions", "search_sessions"),
    "ctr2": ("ad_click_sessions", "results_sessions"),
}  # fmt: skip
_COUNTS = {"cost": "money", "revenue": "money", "profit": "money", "clicks": "count", "conversions": "count",
           "ad_clicks": "count"}  # fmt: skip
_OF_KIND = {
    "arbitrage": ("ad_clicks", "ctr", "lp_rate", "ctr1", "serp_rate", "ctr2", "rpc", "cpc", "epc", "profit_per_click"),
    "shop": ("conversions", "ctr", "lp_rate", "cvr", "cpc", "cpa", "epc", "profit_per_click", "roas"),
}
_UNITS = {"roas": "times", **dict.fromkeys((*_STEPS, "cvr"), "share")}
TITLES = {"cost": "Spend", "revenue": "Revenue", "profit": "Profit", "clicks": "Clicks", "conversions": "Conversions",
          "ad_clicks": "Ad clicks", "ctr": "CTR", "lp_rate": "LP rate", "ctr1": "CTR1", "serp_rate": "SERP rate",
          "ctr2": "CTR2", "rpc": "RPC", "cpc": "CPC", "epc": "EPC", "profit_per_click": "Profit per click",
          "cvr": "CVR", "cpa": "CPA", "roas": "ROAS"}  # fmt: skip
_MATURE = ("cvr", "epc", "profit_per_click", "roas")


def sides(look: Look) -> Rows:
    """The measures of the install's kind; steps that none of them has do not appear."""
    picks = picked(look)
    columns = [Column("measure", "Measure", width=132), *(_column(pick) for pick in picks),
               Column("how", "How it is counted", width=300, wrap=True)]  # fmt: skip
    if len(picks) < 2:
        return Rows(columns, [], empty="Choose two creatives or more.")
    sums, base = sums_of(look, picks), ground(look, picks)
    found = intervals(sums, base, picks)
    formulas = {str(name): str(words) for name, words in rows(look.real, "select metric, formula from metrics")}
    currency = look.fresh.currency
    made = []
    for name in ("cost", "revenue", "profit", "clicks", *_OF_KIND.get(look.fresh.kind, _OF_KIND["shop"])):
        measured = found[name]
        if not np.isfinite(measured.value).any() or (name in _COUNTS and not measured.value.any()):
            continue
        how = formulas.get(name, TITLES[name].lower()) + (
            f"; of mature clicks, each after {base.age} days" if name in _MATURE else ""
        )
        told = {f"c{pick.place}": _said(name, measured, pick.place, currency) for pick in picks}
        made.append({"id": name, "measure": TITLES[name], "how": how, **told})
    return Rows(columns, made, note=_note(look, base))


def sums_of(look: Look, picks: Sequence[Pick]) -> pd.DataFrame:
    """Counts and money of the period per pick, in their order; zero where there is nothing."""
    kept = where(of_picks(look), "facts_daily", "f")
    ids = [pick.creative_id for pick in picks]
    values = {**period_values(look.period), "ids": ids, **kept.values}
    found = frame(look.real, _SUMS.replace("/*filters*/", kept.sql), values).set_index("creative_id")
    found = found.reindex(ids, fill_value=0.0)
    return found.assign(profit=found["revenue"] - found["cost"])


def intervals(sums: pd.DataFrame, base: Ground, picks: Sequence[Pick]) -> dict[str, Interval]:
    """Every measure with its 95 % limits (nan: not known); money per click of mature clicks only."""
    array = {name: sums[name].to_numpy(dtype=float) for name in sums.columns}
    found = {name: _exact(array[name]) for name in _COUNTS}
    found |= {name: wilson(np.minimum(array[top], array[bottom]), array[bottom])
              for name, (top, bottom) in _STEPS.items()}  # fmt: skip
    of = mature(base, picks)
    spread = money.spread_of(of["revenue"], of["squared"], of["converted"])
    many = of["converted"].sum()
    worth = of["revenue"].sum() / many if many else np.nan
    epc = money.per_click(of["revenue"], of["squared"], of["clicks"], of["converted"], spread, worth=worth)
    found["cvr"] = wilson(np.minimum(of["converted"], of["clicks"]), of["clicks"])
    cpc = _per(of["cost"], of["clicks"])
    found |= {"epc": epc, "profit_per_click": shift(epc, -cpc), "roas": scale(epc, _per(of["clicks"], of["cost"]))}
    found["cpc"] = _exact(_per(array["cost"], array["reported_clicks"]))
    found["cpa"] = _around(_per(array["cost"], array["conversions"]), inverse(found["cvr"], 1.0))
    found["rpc"] = _around(_per(array["revenue"], array["ad_clicks"]), epc)
    return found


def mature(base: Ground, picks: Sequence[Pick]) -> Mapping[str, Any]:
    """Sums of mature clicks per pick."""
    cells = base.cells.assign(cost=base.cells["cost_per_click"] * base.cells["clicks"])
    names = ["clicks", "converted", "revenue", "cost"]
    # `squared` of the cells is in the money of the target; here it is that of the revenue as it came.
    sums = cells.assign(squared=cells["revenue_squared"]).groupby("creative_id")[[*names, "squared"]].sum()
    sums = sums.reindex([pick.creative_id for pick in picks], fill_value=0.0)
    return {name: sums[name].to_numpy(dtype=float) for name in sums.columns}


def _column(pick: Pick) -> Column:
    return Column(f"c{pick.place}", f"{pick.letter}  {_short(pick.text)}", width=222, tip=pick.text, sortable=False)


def _short(text: str, length: int = 40) -> str:
    words = " ".join(text.split())
    return words if len(words) <= length else words[: length - 1].rstrip() + "…"


def _said(name: str, measured: Interval, place: int, currency: str) -> str:
    unit = _COUNTS.get(name) or _UNITS.get(name, "money")
    value, low, high = (float(each[place]) for each in (measured.value, measured.low, measured.high))
    told = numbers.interval(low, high, unit, currency)
    return numbers.in_unit(value, unit, currency) + (f"  ({told})" if told else "")


def _note(look: Look, base: Ground) -> str:
    days = numbers.days_between(look.period.first, look.period.last)
    told = f"{days}; 95 % intervals in parentheses. {basis(look, what='What money a click brings')}"
    if base.last < base.first:
        return told
    return f"{told} Each click's money within {base.age} days, so that older creatives have no advantage."


def _exact(values: Any) -> Interval:
    nothing = np.full(len(values), np.nan)
    return Interval(values, nothing, nothing)


def _per(top: Any, bottom: Any) -> Any:
    return np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), np.nan)


def _around(value: Any, interval: Interval) -> Interval:
    """The value with an interval as wide, in proportion, as another's."""
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(interval.value > 0, value / interval.value, np.nan)
    return Interval(value, factor * interval.low, factor * interval.high)
