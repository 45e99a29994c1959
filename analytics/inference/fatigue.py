"""This module owns fatigue: which creatives' levels fell against their own baseline, beside the others on the same days.

From cells (what a creative showed on a day in a scope) to one answer per series: levels without the day's effect on
everybody, the day of the change, whether it could be chance, and false discoveries controlled over all series at once
(Benjamini & Yekutieli 2001, Annals of Statistics 29:1165: series that are compared with each other depend on each other).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from analytics.inference import dispersion
from analytics.inference.changes import Fall, Series, falls, statistics
from analytics.inference.levels import Levels, beside_others, beside_own_weekdays, company

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
CLEAR = 3.5  # standardised: so clear a change, up or down, that a series is measured as two while others are compared
ORDERS_SEED = 20_2611  # the orders of days are the same in every build


@dataclass(frozen=True, slots=True)
class Cells:
    """Arrays by cell: `observed` events or money, `exposure` what it came from, the series it is of, its scope (both
    numbered from 0), its day as a number whose remainder by 7 is the weekday."""

    observed: Floats
    exposure: Floats
    unit: Ints
    scope: Ints
    day: Ints

    def only(self, kept: Flags) -> "Cells":
        """Some of the cells."""
        return Cells(*(getattr(self, name)[kept] for name in ("observed", "exposure", "unit", "scope", "day")))


@dataclass(frozen=True, slots=True)
class Found:
    """By series: what fell, on which days (as in Cells.day; -1: too short), the q-value, and whether others ran along.

    `expected` is what its baseline would have brought from the change on, as the days went for the others; `observed`
    and `exposure` are what it did bring, and from what.
    """

    fall: Fall
    days: Ints
    since: Ints
    since_low: Ints
    since_high: Ints
    observed: Floats
    expected: Floats
    exposure: Floats
    q_value: Floats
    in_company: Flags


def judge(cells: Cells, units: int, quantile: float) -> Found:
    """Every series' change. `quantile` is of the intervals, 1.96 for 95 %. Needs at least one cell with something."""
    levels, in_company, part = _compared(cells, cells.unit)
    series, days, _ = _series(cells, levels, units)
    z, _, _ = statistics(series)
    clear = np.abs(np.where(np.isnan(z), 0, z))
    scaled = clear.max(axis=1) / np.sqrt(_scatter(series))
    cut = np.where(scaled > CLEAR, days[np.arange(units), clear.argmax(axis=1)], np.iinfo(np.int64).max)
    if (scaled > CLEAR).any():
        part = np.unique(2 * cells.unit + (cells.day >= cut[cells.unit]), return_inverse=True)[1]
        levels, _, _ = _compared(cells, part)
        series, days, _ = _series(cells, levels, units)
    long_run = dispersion.long_run(_residuals(series, days, cut), series.weight)
    fall = falls(series, quantile, long_run, ORDERS_SEED)
    return _found(cells, levels, fall, days, in_company)


def _compared(cells: Cells, part: Ints) -> tuple[Levels, Flags, Ints]:
    """Each cell's day beside the others of its scope; beside its own weekdays where a series has no company."""
    moment = np.unique(cells.scope * 100_000 + cells.day - cells.day.min(), return_inverse=True)[1]
    others = beside_others(cells.observed, cells.exposure, part, moment)
    in_company = company(others, cells.unit)
    alone = ~in_company[cells.unit]
    if not alone.any():
        return others, in_company, part
    own = cells.only(alone)
    weekdays = beside_own_weekdays(own.observed, own.exposure, own.unit, own.day)
    merged = [each.copy() for each in (others.effect, others.company, others.is_known)]
    for target, source in zip(merged, (weekdays.effect, weekdays.company, weekdays.is_known), strict=True):
        target[alone] = source
    return Levels(*merged), in_company, part


def _series(cells: Cells, levels: Levels, units: int) -> tuple[Series, Ints, Floats]:
    """Levels and weights as rows of days, the days' numbers (-1: none), and each series' own rate."""
    known = cells.only(levels.is_known)
    effect, counted = levels.effect[levels.is_known], levels.company[levels.is_known]
    exposed = known.exposure * effect
    seen = np.bincount(known.unit, known.observed, units)
    rate = seen / np.maximum(np.bincount(known.unit, exposed, units), 1e-300)
    expected = np.maximum(exposed * rate[known.unit], 1e-300)
    level = np.where(seen[known.unit] > 0, known.observed / expected, 0)
    kept = (seen[known.unit] > 0) & (exposed > 0)
    counting = np.where(kept, 1 / expected + counted, 1)
    weight = np.zeros(len(level))
    if kept.any():
        weight[kept] = dispersion.weights(level[kept], counting[kept], known.unit[kept], known.day[kept])
    order = np.lexsort((known.day, known.unit))[kept[np.lexsort((known.day, known.unit))]]
    row = known.unit[order]
    at = np.arange(len(row)) - np.searchsorted(row, row)
    shape = (units, int(at.max(initial=0)) + 1)
    made, weighed, days = np.zeros(shape), np.zeros(shape), np.full(shape, -1, dtype=np.int64)
    made[row, at], weighed[row, at], days[row, at] = level[order], weight[order], known.day[order]
    return Series(made, weighed), days, rate


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


def _found(cells: Cells, levels: Levels, fall: Fall, days: Ints, in_company: Flags) -> Found:
    row = np.arange(len(days))
    since, low, high = (
        np.where(at >= 0, days[row, np.maximum(at, 0)], -1) for at in (fall.since, fall.since_low, fall.since_high)
    )
    after = (since[cells.unit] >= 0) & (cells.day >= since[cells.unit]) & levels.is_known
    sums = [np.bincount(cells.unit[after], each[after], len(days)) for each in (cells.observed, cells.exposure)]
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.where(fall.decline < 1, sums[0] / (1 - fall.decline), np.nan)
    return Found(
        fall, (days >= 0).sum(axis=1), since, low, high, sums[0], expected, sums[1], _q_values(fall.p_value), in_company
    )


def _q_values(p_value: Floats) -> Floats:
    from scipy.stats import false_discovery_control  # a second, once a day, and only where there is something to judge

    found = np.full(len(p_value), np.nan)
    tested = ~np.isnan(p_value)
    if tested.any():
        found[tested] = false_discovery_control(p_value[tested], method="by")
    return found
