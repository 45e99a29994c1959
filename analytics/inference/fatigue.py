"""This module owns fatigue: whose levels fell against their own baseline, beside the others on the same days.

From cells (what a creative showed on a day in a scope) to one answer per series: levels without the day's effect on
everybody, the day of the change, and whether it could be chance.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.inference import dispersion
from analytics.inference.changes import Fall, Series, falls, statistics
from analytics.inference.discoveries import q_values
from analytics.inference.levels import Levels, beside_others, beside_own_weekdays, company

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
DAYS_MIN = 14  # with anything: a week before, and some after
FALSE_SHARE_MAX = 0.10  # of those called fatigued, whatever depends on what
DECLINE_MIN = 0.10  # smaller ones can be certain, and matter to nobody
CLEAR = 3.5  # standardised: so clear a change, up or down, that a series is measured as two while others are compared
ALONE_DAYS_MIN = 21  # of a series whose weekdays are its own: three of each
ALONE_LONG_RUN_MIN = 10.0  # of such a series: how far its season drifts cannot be learned from itself
SEED = 2026  # the orders of days are the same in every build


@dataclass(frozen=True, slots=True)
class Company:
    """Whom cells are compared with: the group of each (numbered from 0), and what counts in the comparison."""

    group: Ints
    observed: Floats
    exposure: Floats


@dataclass(frozen=True, slots=True)
class Cells:
    """By cell: `observed` events or money, `exposure` what it came from, the series it is of (numbered from 0), its day
    as a number whose remainder by 7 is the weekday. `companies` are tried in turn; without any a series is alone."""

    observed: Floats
    exposure: Floats
    unit: Ints
    day: Ints
    companies: tuple[Company, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """By series: what fell, how many days it has, and on which days (as in Cells.day; -1: too short).

    `compared` is the company it was judged in, len(companies) for none but its own weekdays. `observed` is what it
    brought from the change on, of `exposure`; `expected` what its baseline would have brought, as the days went.
    """

    fall: Fall
    days: Ints
    since: Ints
    since_low: Ints
    since_high: Ints
    observed: Floats
    expected: Floats
    exposure: Floats
    compared: Ints


@dataclass(frozen=True, slots=True)
class _Compared:
    """Cells with their day's effect, and by series in which company."""

    observed: Floats
    exposure: Floats
    levels: Levels
    company: Ints


def judge(cells: Cells, units: int, quantile: float) -> Found:
    """Every series' change. `quantile` is of the intervals, 1.96 for 95 %. Needs at least one cell."""
    compared = _compared(cells, cells.unit, units)
    series, days = _series(cells, compared, units)
    z, _, _ = statistics(series)
    size = np.abs(np.where(np.isnan(z), 0, z))
    is_clear = size.max(axis=1) > CLEAR * np.sqrt(_scatter(series))
    cut = np.where(is_clear, days[np.arange(units), size.argmax(axis=1)], np.iinfo(np.int64).max)
    if is_clear.any():
        part = np.unique(2 * cells.unit + (cells.day >= cut[cells.unit]), return_inverse=True)[1]
        compared = _compared(cells, part, units)
        series, days = _series(cells, compared, units)
    residual, long_run = _residuals(series, days, cut), np.ones(units)
    for kind in np.unique(compared.company):  # a season of its own makes days alike where nobody ran along
        rows = compared.company == kind
        least = 1.0 if kind < len(cells.companies) else ALONE_LONG_RUN_MIN
        long_run[rows] = np.maximum(dispersion.long_run(residual[rows], series.weight[rows]), least)
    fall = falls(series, quantile, long_run, SEED)
    return _found(cells, compared, fall, days)


def called(p_value: Floats, decline: Floats, decline_low: Floats) -> tuple[Floats, Flags]:
    """(q-values, which are fatigued) of series that are judged together, each with a p-value.

    Series that are compared with each other depend on each other: the false share is controlled whatever they do
    (Benjamini & Yekutieli 2001, Annals of Statistics 29:1165). And a fall of less than DECLINE_MIN is none.
    """
    if not len(p_value):
        return p_value, np.zeros(0, dtype=bool)
    q_value = q_values(p_value, dependent=True)
    return q_value, (q_value <= FALSE_SHARE_MAX) & (decline >= DECLINE_MIN) & (decline_low > 0)


def _compared(cells: Cells, part: Ints, units: int) -> _Compared:
    """Each cell's day beside the first company in which its series has enough others; else beside its own weekdays."""
    alone = beside_own_weekdays(cells.observed, cells.exposure, cells.unit, cells.day)
    effect, counting, known = alone.effect.copy(), alone.company.copy(), alone.is_known.copy()
    observed, exposure = cells.observed.copy(), cells.exposure.copy()
    found = np.full(units, len(cells.companies))
    for number, each in reversed([*enumerate(cells.companies)]):
        moment = np.unique(each.group * 100_000 + cells.day - cells.day.min(), return_inverse=True)[1]
        others = beside_others(each.observed, each.exposure, part, moment)
        has = company(others, cells.unit, units)
        found[has] = number
        at = has[cells.unit]
        for target, source in (
            (effect, others.effect), (counting, others.company), (known, others.is_known), (observed, each.observed),
            (exposure, each.exposure),
        ):  # fmt: skip
            target[at] = source[at]
    too_short = (found == len(cells.companies)) & (np.bincount(cells.unit, minlength=units) < ALONE_DAYS_MIN)
    known &= ~too_short[cells.unit]
    return _Compared(observed, exposure, Levels(effect, counting, known), found)


def _series(cells: Cells, compared: _Compared, units: int) -> tuple[Series, Ints]:
    """Levels and weights as rows of days, and the days' numbers (-1: none)."""
    exposed = np.where(compared.levels.is_known, compared.exposure * compared.levels.effect, 0)
    seen = np.bincount(cells.unit[exposed > 0], compared.observed[exposed > 0], units)
    rate = seen / np.maximum(np.bincount(cells.unit, exposed, units), 1e-300)
    kept = np.flatnonzero((exposed > 0) & (seen[cells.unit] > 0))
    order = kept[np.lexsort((cells.day[kept], cells.unit[kept]))]
    row, day = cells.unit[order], cells.day[order]
    expected = exposed[order] * rate[row]
    level = compared.observed[order] / expected
    weight = np.zeros(len(order))
    for kind in np.unique(compared.company):
        of = compared.company[row] == kind
        if of.any():
            counting = 1 / expected[of] + compared.levels.company[order][of]
            weight[of] = dispersion.weights(level[of], counting, row[of], day[of])
    at = np.arange(len(row)) - np.searchsorted(row, row)
    shape = (units, int(at.max(initial=0)) + 1)
    made, weighed, days = np.zeros(shape), np.zeros(shape), np.full(shape, -1, dtype=np.int64)
    made[row, at], weighed[row, at], days[row, at] = level, weight, day
    return Series(made, weighed), days


def _scatter(series: Series) -> Floats:
    """The typical variance of a level in units of its weight, by series: from successive days."""
    both = (series.weight[:, 1:] > 0) & (series.weight[:, :-1] > 0)
    pair = np.minimum(series.weight[:, 1:], series.weight[:, :-1])
    squares = np.where(both, pair * np.diff(series.level, axis=1) ** 2 / 2, 0).sum(axis=1)
    return np.asarray(np.maximum(squares / np.maximum(both.sum(axis=1), 1), 1e-12))


def _residuals(series: Series, days: Ints, cut: Ints) -> Floats:
    """Levels without the mean of their series, or of its two parts where it clearly changed."""
    left = np.zeros_like(series.level)
    for part in (days < cut[:, None], days >= cut[:, None]):
        weight = np.where(part, series.weight, 0)
        total = weight.sum(axis=1)
        mean = (weight * series.level).sum(axis=1) / np.where(total > 0, total, 1)
        left += np.where(weight > 0, series.level - mean[:, None], 0)
    return left


def _found(cells: Cells, compared: _Compared, fall: Fall, days: Ints) -> Found:
    row = np.arange(len(days))
    since, low, high = (
        np.where(at >= 0, days[row, np.maximum(at, 0)], -1) for at in (fall.since, fall.since_low, fall.since_high)
    )
    after = (since[cells.unit] >= 0) & (cells.day >= since[cells.unit])
    observed, exposure = (_sums(cells.unit[after], each[after], days) for each in (cells.observed, cells.exposure))
    with np.errstate(divide="ignore", invalid="ignore"):
        average = _sums(cells.unit, cells.observed, days) / _sums(cells.unit, cells.exposure, days)
        expected = np.where(observed > 0, observed / (1 - fall.decline), exposure * average * fall.before)
    number = np.asarray((days >= 0).sum(axis=1), dtype=np.int64)
    return Found(fall, number, since, low, high, observed, expected, exposure, compared.company)


def _sums(unit: Ints, values: Floats, days: Ints) -> Floats:
    return np.asarray(np.bincount(unit, values, len(days)), dtype=np.float64)
