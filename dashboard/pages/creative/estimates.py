"""This module owns the rates of a creative's sums with their 95 % intervals: the scorecard's definitions, on any rows.

Proportions count sessions that reached a step, by Wilson; money per click is on the clicks of mature days, and its
interval holds in spite of heavy tails (analytics.inference.money).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from analytics.inference import money
from analytics.inference.interval import Floats, Interval, inverse, scale, shift
from analytics.inference.proportions import wilson
from analytics.scorecard.rated import PROPORTIONS
from dashboard.look import Look
from dashboard.maturity import NOT_YET, last_mature, mature_words
from dashboard.pages.creative.chosen import Chosen
from dashboard.pages.creative.sums import facts, outcomes
from dashboard.spans import Span

_OUTCOMES = ("clicks", "converted", "revenue", "revenue_squared")
ON_CLICKS = ("cvr", "epc", "profit_per_click", "roas")  # of the clicks of mature days, where there are any
NO_INTERVAL = ("cpc",)
DAYS_MIN = 21  # of a chart, and of what tells how much a click's money spreads


def daily(look: Look, creative: Chosen) -> pd.DataFrame:
    """Facts and outcomes (`m_clicks` …) of every day once, `mature` or not; at least DAYS_MIN days.

    The period's own days are `within(…, look.period)`: one question serves the whole page.
    """
    wide = replace(look, period=look.period.at_least(DAYS_MIN))
    counted, came = facts(wide, creative, ("day",)), outcomes(wide, creative, ("day",), mature_only=False)
    days = counted.merge(_renamed(came), how="outer", on="day")
    days = days.set_index(pd.DatetimeIndex(pd.to_datetime(days["day"]), name="day")).drop(columns="day").fillna(0)
    days = days.reindex(pd.date_range(wide.period.first, wide.period.last, name="day"), fill_value=0)
    days["m_cost"] = days["cost"]
    return days.assign(mature=days.index <= pd.Timestamp(last_mature(look))).reset_index()


def within(days: pd.DataFrame, span: Span) -> pd.DataFrame:
    """The days of a span."""
    return days[days["day"].between(pd.Timestamp(span.first), pd.Timestamp(span.last))]


def pooled(days: pd.DataFrame) -> pd.DataFrame:
    """One row: the sums of all days; outcomes and their cost of mature days, where those have clicks, else of all."""
    numbers = [name for name in days.columns if name not in ("day", "mature")]
    row = days[numbers].sum().to_frame().T
    mature = days[days["mature"]]
    if mature["m_clicks"].sum():
        outcome = [name for name in numbers if name.startswith("m_")]
        row[outcome] = mature[outcome].sum().to_frame().T
    return row.assign(maturing=not mature["m_clicks"].sum())


def summed(look: Look, creative: Chosen, by: Sequence[str]) -> pd.DataFrame:
    """Facts and outcomes (`m_clicks` …) per combination of `by`, and `m_cost`, the cost of the same clicks.

    Outcomes are of mature days where those have clicks, else of all, and then `maturing` is true.
    """
    counted, came = facts(look, creative, by), outcomes(look, creative, by)
    maturing = not came["clicks"].sum()
    if maturing:
        came = outcomes(look, creative, by, mature_only=False)
    both = counted.merge(_renamed(came), how="outer", on=list(by))
    numbers = [name for name in both.columns if name not in by]
    both[numbers] = both[numbers].fillna(0)
    both["m_cost"] = both["cost"] if maturing else both["mature_cost"]
    return both.assign(maturing=maturing)


def rates_words(look: Look, maturing: bool) -> str:
    """Which clicks tell what a click brings; `maturing`: none on a mature day, so all do."""
    if maturing:
        return f"{NOT_YET}: what clicks bring is of all days, and will still move."
    return mature_words(look, look.period, what="What clicks bring (such as EPC)")


def _renamed(came: pd.DataFrame) -> pd.DataFrame:
    return came.rename(columns={name: f"m_{name}" for name in _OUTCOMES})


def spread_of_days(days: pd.DataFrame) -> tuple[float, float]:
    """From outcomes per day: how much a converted click's money spreads, and what one is worth; nan where unknown."""
    spread = money.spread_of(*(_column(days, f"m_{name}") for name in ("revenue", "revenue_squared", "converted")))
    converted = float(days["m_converted"].sum())
    return spread, max(float(days["m_revenue"].sum()), 0.0) / converted if converted else float("nan")


def estimate(sums: pd.DataFrame, rate: str, spread: float, worth: float) -> Interval:
    """A rate of every row of `summed`, with its limits; nan where there is nothing to divide by."""
    if rate in PROPORTIONS:
        hits, trials = _pair(sums, rate)
        return wilson(np.clip(hits, 0, trials), trials)
    of = _column(sums, "m_clicks")
    epc = _per_click(sums, of, spread, worth)
    cpc = _over(_column(sums, "m_cost"), of)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = {
            "epc": lambda: epc,
            "profit_per_click": lambda: shift(epc, -cpc),
            "roas": lambda: scale(epc, np.where(cpc > 0, 1 / cpc, np.nan)),
            "cpa": lambda: _cpa(sums),
            "rpc": lambda: _around(sums, "ad_clicks", spread, worth),
            "rps": lambda: _around(sums, "sessions", spread, worth),
            "cpc": lambda: _certain(_over(_column(sums, "cost"), _column(sums, "reported_clicks"))),
        }
        return found[rate]()


def _pair(sums: pd.DataFrame, rate: str) -> tuple[Floats, Floats]:
    if rate == "cvr":
        return _column(sums, "m_converted"), _column(sums, "m_clicks")
    top, bottom = PROPORTIONS[rate]
    hits, trials = _column(sums, top), _column(sums, bottom)
    if rate != "ctr":
        return hits, trials
    reported = _column(sums, "reported_impressions")  # both sides reported, or both observed: never mixed in one rate
    return np.where(reported > 0, _column(sums, "reported_clicks"), hits), np.where(reported > 0, reported, trials)


def _per_click(sums: pd.DataFrame, of: Floats, spread: float, worth: float) -> Interval:
    total, squared, converted = (_column(sums, f"m_{name}") for name in ("revenue", "revenue_squared", "converted"))
    return money.per_click(total, squared, of, converted, spread, worth=worth)


def _cpa(sums: pd.DataFrame) -> Interval:
    value = _over(_column(sums, "cost"), _column(sums, "conversions"))
    hits, trials = _column(sums, "m_converted"), _column(sums, "m_clicks")
    return _wide_as(value, inverse(wilson(np.clip(hits, 0, trials), trials), 1.0))


def _around(sums: pd.DataFrame, of: str, spread: float, worth: float) -> Interval:
    trials = _column(sums, of)
    return _wide_as(_over(_column(sums, "revenue"), trials), _per_click(sums, trials, spread, worth))


def _wide_as(value: Floats, interval: Interval) -> Interval:
    """The value with an interval as wide, in proportion, as the other one."""
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(interval.value > 0, value / interval.value, np.nan)
    return Interval(value, factor * interval.low, factor * interval.high)


def _certain(value: Floats) -> Interval:
    nothing = np.full(value.shape, np.nan)
    return Interval(value, nothing, nothing)


def _column(sums: pd.DataFrame, name: str) -> Floats:
    return np.asarray(sums[name], dtype=float)


def _over(top: Floats, bottom: Floats) -> Floats:
    return np.asarray(np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), np.nan))
