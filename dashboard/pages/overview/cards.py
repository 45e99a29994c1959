"""This module owns the totals: a period's numbers beside those of the comparison, and whether chance alone did it."""

from dataclasses import dataclass

import pandas as pd

from dashboard import numbers
from dashboard.pages.overview import chance
from dashboard.pages.overview.chance import Period
from dashboard.pages.overview.sums import value, values
from dashboard.words import Measure

_DEARER = 0.01  # a price that moved less is the same price
_FEW_DAYS = 70  # a small line of more days than it has pixels says nothing more


@dataclass(frozen=True)
class Kpi:
    """One total. `tone` is good, bad or flat; `change` is empty where there is nothing to compare with; `chance` says
    whether chance alone moves it as far; `was` is the earlier value; `series` has one value a day, None for none.
    """

    measure: Measure
    value: str
    change: str
    tone: str
    chance: str
    was: str
    series: tuple[float | None, ...]


@dataclass(frozen=True)
class Compared:
    """Full days of now and of the comparison period, as chance sees them."""

    now: Period
    before: Period


def kpis(days: pd.DataFrame, compared: Compared | None, measures: list[Measure], currency: str) -> list[Kpi]:
    """The totals of `days` (a row per day of `sums.daily`, today's too), changed as the full days of `compared`."""
    return [_kpi(measure, days, compared, currency) for measure in measures]


def _kpi(measure: Measure, days: pd.DataFrame, compared: Compared | None, currency: str) -> Kpi:
    shown = numbers.in_unit(value(measure, days), measure.unit, currency)
    series = tuple(None if pd.isna(one) else float(one) for one in values(measure, days).tail(_FEW_DAYS))
    if compared is None:
        return Kpi(measure, shown, "", "flat", "", "", series)
    now, earlier = value(measure, compared.now.days), value(measure, compared.before.days)
    words = _changed(measure, now, earlier, currency)
    if not words:
        return Kpi(measure, shown, "", "flat", "", "", series)
    tone, told = _judged(measure, compared, now, earlier)
    was = f"was {numbers.in_unit(earlier, measure.unit, currency)}"
    if len(days) > len(compared.now.days):  # the card's number has today in it, the change has not: say what changed
        was = f"full days: {numbers.in_unit(now, measure.unit, currency)}, {was}"
    return Kpi(measure, shown, words, tone, told, was, series)


def _changed(measure: Measure, now: float | None, earlier: float | None, currency: str) -> str:
    """`+12.3%`; where a share of the earlier number means nothing (a loss became a gain), the difference itself."""
    ratio = numbers.change(now, earlier)
    if ratio is not None:
        return numbers.change_words(ratio)
    if now is None or earlier is None or (earlier == 0 and now == 0):
        return ""
    moved = numbers.in_unit(now - earlier, measure.unit, currency)
    return moved if now < earlier else f"+{moved}"


def _judged(measure: Measure, compared: Compared, now: float | None, earlier: float | None) -> tuple[str, str]:
    """(tone, what chance has to do with it); only what chance alone does not do is good or bad."""
    if now is None or earlier is None or abs(now - earlier) <= numbers.UNCHANGED * abs(earlier):
        return "flat", ""
    better = "flat" if measure.better == "none" else "good" if (now > earlier) == (measure.better == "up") else "bad"
    if measure.key in chance.COUNTED:  # to have bought more is neither good nor bad; to have paid more a click is
        dearer = measure.bottom is not None and abs(now - earlier) >= _DEARER * abs(earlier)
        return (better if dearer else "flat"), ""
    days_differ = chance.dispersion(measure, compared.now, compared.before)
    ranges = (chance.ranged(measure, period, days_differ) for period in (compared.now, compared.before))
    is_chance = chance.by_chance(chance.change(*ranges))
    if is_chance is None:
        return "flat", "too little to say"
    return ("flat", "within chance") if is_chance else (better, "")
