"""This module owns how far chance alone moves a number: the interval of a change between two periods, from sums.

What clicks brought is drawn; spend and clicks are counted. So, given its clicks, a period's money has the interval of
`inference.money.per_click`, a count or a proportion that of Wilson, both widened by the root of how much more the
days differ than counts alone would. The change has the interval of both by MOVER (Zou and Donner 2008, Statistics in
Medicine 27:1693): its limits are those of the parts, added as squares.
"""

from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
import pandas as pd

from analytics.inference import money
from analytics.inference.proportions import wilson
from dashboard.pages.overview.sums import parts_of, totals
from dashboard.words import Measure

COUNTED = frozenset({"spend", "clicks", "cpc"})  # what was bought and paid: no chance is in it
_MONEY = frozenset({"revenue", "profit"})


@dataclass(frozen=True)
class Range:
    """A value with its 95 % limits; nan where unknown."""

    value: float
    low: float
    high: float

    def over(self, divisor: float) -> "Range":
        """The same per unit of a positive, known amount; unknown without one."""
        if not divisor > 0:
            return UNKNOWN
        return Range(self.value / divisor, self.low / divisor, self.high / divisor)

    def less(self, amount: float) -> "Range":
        """The same, less a known amount."""
        return Range(self.value - amount, self.low - amount, self.high - amount)

    def widened(self, dispersion: float) -> "Range":
        """The limits further away from the value, by the root of a dispersion."""
        far = sqrt(dispersion)
        down, up = (self.value - self.low) * far, (self.high - self.value) * far
        return Range(self.value, self.value - down, self.value + up)


UNKNOWN = Range(nan, nan, nan)


@dataclass(frozen=True)
class Period:
    """A period as chance sees it: a row per day of `sums.daily`, and per click day of `sums.cohorts`."""

    days: pd.DataFrame
    cohorts: pd.DataFrame


def ranged(measure: Measure, period: Period, dispersion: float = 1.0) -> Range:
    """The measure of a period with its limits, the dispersion in them; unknown where nothing was drawn."""
    sums = totals(period.days)
    top, bottom = parts_of(measure)
    if top in _MONEY:
        earned = money_of(sums["revenue"], period.cohorts).widened(dispersion)
        earned = earned.less(sums["cost"]) if top == "profit" else earned
        return earned if bottom is None else earned.over(sums[bottom])
    if measure.key == "cpa":
        rate = _share(sums["goals"], sums["clicks"]).widened(dispersion)
        spent = sums["cost"] / sums["clicks"] if sums["clicks"] else nan
        return Range(_under(spent, rate.value), _under(spent, rate.high), _under(spent, rate.low))
    of = bottom or "clicks"
    rate = _share(sums[top], sums[of]).widened(dispersion)
    whole = sums[of] if bottom is None else 1.0
    return Range(rate.value * whole, max(0.0, rate.low * whole), rate.high * whole)


def money_of(revenue: float, cohorts: pd.DataFrame) -> Range:
    """Revenue with limits as wide, in proportion, as those of the money that its clicks brought."""
    clicks, converted, drawn, squared = (
        float(cohorts[name].sum()) for name in ("clicks", "converted", "revenue", "squared")
    )
    if revenue <= 0 or drawn <= 0:
        return UNKNOWN
    found = money.per_click(drawn, squared, clicks, converted, nan)
    part = revenue / (drawn / clicks)
    return Range(revenue, float(found.low[0]) * part, float(found.high[0]) * part)


def dispersion(measure: Measure, *periods: Period) -> float:
    """How much more than by chance the days differ, at least 1: each day against its own period's rate."""
    above, degrees = 0.0, 0
    for period in periods:
        top, bottom = parts_of(measure)
        top = "revenue" if top == "profit" else "goals" if measure.key == "cpa" else top
        of = "clicks" if top == "revenue" or measure.key == "cpa" or bottom is None else bottom
        got, could = period.days[top].to_numpy(float), period.days[of].to_numpy(float)
        there = could > 0
        if there.sum() < 2 or not got[there].sum() > 0:
            continue
        rate = got[there].sum() / could[there].sum()
        expected = rate * could[there]
        above += float(((got[there] - expected) ** 2 / (expected * _step(top, rate, period.cohorts))).sum())
        degrees += int(there.sum()) - 1
    return max(1.0, above / degrees) if degrees else 1.0


def change(now: Range, before: Range) -> Range:
    """now less before, with MOVER's limits."""
    down = np.hypot(now.value - now.low, before.high - before.value)
    up = np.hypot(now.high - now.value, before.value - before.low)
    moved = now.value - before.value
    return Range(moved, moved - float(down), moved + float(up))


def by_chance(moved: Range) -> bool | None:
    """Whether chance alone does as much; None where that is not known."""
    if not (np.isfinite(moved.low) and np.isfinite(moved.high)):
        return None
    return moved.low <= 0 <= moved.high


def _step(top: str, rate: float, cohorts: pd.DataFrame) -> float:
    """The variance of a sum over its mean: of money what a typical amount is, of a proportion what is left of one."""
    if top == "revenue":
        drawn = float(cohorts["revenue"].sum())
        return float(cohorts["squared"].sum()) / drawn if drawn > 0 else 1.0
    return max(1 - rate, 0.05)


def _share(part: float, whole: float) -> Range:
    found = wilson(min(part, whole), whole)
    if part > whole:  # more than one a click: what is left is how many, not whether
        return UNKNOWN
    return Range(float(found.value[0]), float(found.low[0]), float(found.high[0]))


def _under(amount: float, rate: float) -> float:
    return amount / rate if rate > 0 else nan
