"""This module owns the numbers of a creative: which each kind of marketer sees, and the two sums each is made of."""

from collections.abc import Sequence

import pandas as pd

from dashboard import numbers
from dashboard.look import Look
from dashboard.reading import rows
from dashboard.words import MEASURES, Measure

# Number → what is above the line and what is below it, by the names of sums.EXPRESSIONS. Steps count sessions that
# reached them, as the scorecard does: events per event may exceed 1.
PARTS: dict[str, tuple[str, str | None]] = {
    "profit": ("profit", None),
    "revenue": ("revenue", None),
    "spend": ("cost", None),
    "profit_per_click": ("profit", "clicks"),
    "epc": ("revenue", "clicks"),
    "cpc": ("cost", "reported_clicks"),
    "roas": ("revenue", "cost"),
    "cpa": ("cost", "conversions"),
    "orders": ("orders", None),
    "leads": ("leads", None),
    "clicks": ("clicks", None),
    "ctr": ("reported_clicks", "reported_impressions"),
    "lp_rate": ("sessions", "clicks"),
    "ctr1": ("search_sessions", "sessions"),
    "serp_rate": ("results_sessions", "search_sessions"),
    "ctr2": ("ad_click_sessions", "results_sessions"),
    "cvr": ("conversions", "clicks"),
    "rpc": ("revenue", "ad_clicks"),
}
_SHOWN = {
    "arbitrage": ("profit", "revenue", "spend", "profit_per_click", "epc", "cpc", "roas", "clicks", "ctr", "lp_rate",
                  "ctr1", "serp_rate", "ctr2", "rpc"),
    "shop": ("profit", "revenue", "spend", "roas", "cpa", "orders", "leads", "cvr", "epc", "cpc", "clicks", "ctr",
             "lp_rate"),
}  # fmt: skip
RATES = ("profit_per_click", "epc", "roas", "cpa", "cvr", "rpc", "ctr", "lp_rate", "ctr1", "serp_rate", "ctr2", "cpc")
# What a sum becomes per click, where the page draws rates: nobody reads a trend of sums without the traffic behind it.
PER_CLICK = {"profit": "profit_per_click", "revenue": "epc", "spend": "cpc", "clicks": "ctr"}
# Rates that need a step that not every sender reports.
_NEEDS = {"lp_rate": "landing_view", "ctr1": "search_click", "serp_rate": "results_view", "ctr2": "ad_click",
          "rpc": "ad_click"}  # fmt: skip
_STEPS = "select distinct step from funnel_daily"


def steps(look: Look) -> frozenset[str]:
    """The funnel's steps that somebody reports."""
    return frozenset(str(row[0]) for row in rows(look.real, _STEPS))


def shown(look: Look) -> tuple[str, ...]:
    """The numbers of this install's kind, without those of steps that nobody reports."""
    reported = steps(look)
    return tuple(key for key in _SHOWN.get(look.fresh.kind, _SHOWN["shop"]) if _NEEDS.get(key, "click") in
                 (*reported, "click"))  # fmt: skip


def rates(look: Look) -> tuple[str, ...]:
    """Those of them that are rates, the objective first."""
    found = [key for key in shown(look) if key in RATES]
    return tuple(sorted(found, key=lambda key: key != look.fresh.objective))


def value(sums: pd.DataFrame, key: str) -> float | None:
    """A number over the rows of `sums.facts`; None where there is nothing to divide by."""
    top, bottom = PARTS[key]
    total = float(sums[top].sum())
    if bottom is None:
        return total
    below = float(sums[bottom].sum())
    return total / below if below else None


def written(amount: float | None, key: str, currency: str) -> str:
    """A number as people read it."""
    measure = MEASURES[key]
    places = 2 if measure.bottom is None and measure.unit == "money" else None
    return numbers.in_unit(amount, measure.unit, currency, places)


def tone(measure: Measure, now: float | None, before: float | None) -> str:
    """Whether a change is good, bad or neither for who looks at it."""
    ratio = numbers.change(now, before)
    if ratio is None or measure.better == "none" or abs(ratio) < numbers.UNCHANGED:
        return "flat"
    return "good" if (ratio > 0) == (measure.better == "up") else "bad"


def choices(look: Look) -> list[tuple[str, str]]:
    """The rates that the chart offers; the default metric, a sum, stands for what it is per click."""
    found = [key for key in rates(look) if key != "profit_per_click"]
    return [("profit", MEASURES["profit_per_click"].title), *titles(found)]


def titles(keys: Sequence[str]) -> list[tuple[str, str]]:
    """(key, title) pairs, as a control offers them."""
    return [(key, MEASURES[key].title) for key in keys]
