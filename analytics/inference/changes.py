"""This module owns the change-point: did a creative's level fall, since when, by how much, and could it be chance.

A series of daily levels is cut in two where the two means differ most, weighed by how well each day is known: the
maximum of the standardised difference over all candidate days (the likelihood ratio; Hinkley 1970, Biometrika 57:1).
Whether that could be chance says the same maximum over the days in other orders (a permutation test; Antoch & Hušková
2001, Statistics & Probability Letters 53:37): the dispersion is what the days show, never assumed. That good days
follow good ones is taken off before, by the long-run variance (`dispersion`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
BEFORE_DAYS_MIN, AFTER_DAYS_MIN = 7, 3
ORDERS, ORDERS_MORE = 499, 9_999  # of the days: few for all series, more for those that stand out
STANDS_OUT = 0.1
EXTREME_MIN = 10  # orders at least as extreme; fewer say little
AT_ONCE = 4_000_000  # numbers in memory
PLAUSIBLE = 6.0  # of the squared statistic, below its maximum: days that could as well be the day of the change


@dataclass(frozen=True, slots=True)
class Series:
    """Levels (S, T) of S series over at most T days, left-aligned, and their weights: 0 where there is no day.

    A level is 1 where a series is as its own average; a weight is one over the level's variance.
    """

    level: Floats
    weight: Floats

    @property
    def days(self) -> Ints:
        """How many days each series has."""
        return np.asarray((self.weight > 0).sum(axis=1))


@dataclass(frozen=True, slots=True)
class Fall:
    """By series: position of the first day after the change, and of the plausible ones; levels before and after;
    the relative fall with its interval; the p-value of no fall. Position -1 and nan where a series is too short."""

    since: Ints
    since_low: Ints
    since_high: Ints
    before: Floats
    after: Floats
    decline: Floats
    decline_low: Floats
    decline_high: Floats
    p_value: Floats


def statistics(series: Series) -> tuple[Floats, Floats, Floats]:
    """(S, T) each: how far the mean before a day lies above the mean from it on, standardised; both means.

    Column t is a change on day t; nan where too few days would be before or after it.
    """
    weight, summed = (np.cumsum(each, axis=1) for each in (series.weight, series.weight * series.level))
    before, total = np.roll(weight, 1, axis=1), weight[:, -1:]
    before[:, 0] = 0
    money = np.roll(summed, 1, axis=1)
    money[:, 0] = 0
    at = np.arange(series.level.shape[1])[None, :]
    allowed = (at >= BEFORE_DAYS_MIN) & (at <= series.days[:, None] - AFTER_DAYS_MIN)
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = money / before, (summed[:, -1:] - money) / (total - before)
        z = (first - second) * np.sqrt(before * (total - before) / total)
    return np.where(allowed, z, np.nan), first, second


def falls(series: Series, quantile: float, long_run: Floats, seed: int = 0) -> Fall:
    """What fell, and when. `quantile` of the intervals (1.96 for 95 %); `long_run` (S,), at least 1, is how much more
    the mean of many days varies than if they were independent: it makes falls less sure, and intervals wider."""
    z, first, second = statistics(series)
    row = np.arange(len(z))
    is_long = ~np.isnan(z).all(axis=1)
    since = np.where(np.isnan(z), -np.inf, z).argmax(axis=1)
    top = np.where(is_long, z[row, since], np.nan)
    before, after = first[row, since], second[row, since]
    varies = np.maximum(_dispersion(series, since, before, after), 1e-12) * long_run
    with np.errstate(divide="ignore", invalid="ignore"):
        lost = top[:, None] ** 2 - np.where(z > 0, z, 0) ** 2
        near = (lost <= PLAUSIBLE * varies[:, None]) & ~np.isnan(z)
        low, high = _intervals(series, first, second, quantile * np.sqrt(varies), near)
        decline = 1 - after / before
    positions = np.where(near, np.arange(z.shape[1])[None, :], -1)
    nothing = np.where(is_long, 0.0, np.nan)
    return Fall(
        np.where(is_long, since, -1), np.where(is_long, near.argmax(axis=1), -1), positions.max(axis=1),
        before + nothing, after + nothing, decline + nothing, low + nothing, high + nothing,
        p_values(series, _less_sure(series, top, long_run), seed),
    )  # fmt: skip


def p_values(series: Series, top: Floats, seed: int = 0) -> Floats:
    """How often the days in another order would show a fall at least as large as `top`; nan where that is."""
    found = np.full(len(top), np.nan)
    for rows, days in _by_length(series, ~np.isnan(top)):
        found[rows] = _chance(series, rows, days, top[rows], ORDERS, seed)
        again = rows[found[rows] <= STANDS_OUT]
        if len(again):
            found[again] = _chance(series, again, days, top[again], ORDERS_MORE, seed + 1)
    return found


def _by_length(series: Series, wanted: Flags) -> Iterator[tuple[Ints, int]]:
    days = series.days
    for length in np.unique(days[wanted]):
        yield np.flatnonzero(wanted & (days == length)), int(length)


def _chance(series: Series, rows: Ints, days: int, top: Floats, orders: int, seed: int) -> Floats:
    """(1 + orders at least as extreme) / (1 + orders): never 0 (Phipson & Smyth 2010); beyond the orders the tail."""
    root = np.sqrt(series.weight[rows, :days])
    mean = (root**2 * series.level[rows, :days]).sum(axis=1) / (root**2).sum(axis=1)
    residual = root * (series.level[rows, :days] - mean[:, None])
    weight = np.cumsum(root**2, axis=1)
    cut = slice(BEFORE_DAYS_MIN - 1, days - AFTER_DAYS_MIN)  # the last day before the change
    before, total = weight[:, cut], weight[:, -1:]
    scale = np.sqrt(total / (before * (total - before)))
    index = np.argsort(np.random.default_rng(seed).random((orders, days)), axis=1)
    found = np.empty(len(rows))
    at_once = max(1, AT_ONCE // (orders * days))
    for begin in range(0, len(rows), at_once):
        some = slice(begin, begin + at_once)
        summed = np.cumsum(residual[some][:, index] * root[some, None, :], axis=2)  # (series, orders, days)
        each = (summed[:, :, cut] - summed[:, :, -1:] * (before / total)[some, None, :]) * scale[some, None, :]
        found[some] = _tail(each.max(axis=2), top[some])
    return found


def _tail(drawn: Floats, top: Floats) -> Floats:
    """The share of `drawn` (S, orders) at least as large as `top`; where few are, from the tail's shape.

    The squared maximum has an exponential tail, or a lighter one as the days are finitely many: an exponential through
    the largest hundredth errs on the side of chance (Knijnenburg et al. 2009, Bioinformatics 25:i161).
    """
    orders = drawn.shape[1]
    extreme = (drawn >= top[:, None] * (1 - 1e-12)).sum(axis=1)
    counted = (1 + extreme) / (1 + orders)
    few = (extreme < EXTREME_MIN) & (top > 0)
    if not few.any():
        return np.asarray(counted)
    kept = max(orders // 100, EXTREME_MIN)
    largest = np.sort(np.partition(drawn[few], orders - kept - 1, axis=1)[:, -kept - 1 :], axis=1)
    squared = np.maximum(largest, 0) ** 2
    excess = np.maximum((squared[:, 1:] - squared[:, :1]).mean(axis=1), 1e-12)
    beyond = np.maximum(top[few] ** 2 - squared[:, 0], 0) / excess
    counted[few] = np.minimum(kept / orders * np.exp(-beyond), (1 + EXTREME_MIN) / (1 + orders))
    return np.asarray(counted)


def _less_sure(series: Series, top: Floats, long_run: Floats) -> Floats:
    """The statistic that independent days would need to be as clear: its Student's t over the root of `long_run`.

    The squared statistic is what the two means explain of the sum of squares: t² = (days - 2)·z²/(all - z²). So a
    series that fell to nothing stays clear, however much its days go together.
    """
    weight = series.weight
    mean = (weight * series.level).sum(axis=1) / np.maximum(weight.sum(axis=1), 1e-300)
    squares = (weight * (series.level - mean[:, None]) ** 2).sum(axis=1)
    freedom = np.maximum(series.days - 2, 1)
    squared = freedom * top**2 / np.maximum(squares - top**2, 1e-9 * np.maximum(squares, 1e-300)) / long_run
    return np.asarray(np.sign(top) * np.sqrt(squares * squared / (freedom + squared)))


def _dispersion(series: Series, since: Ints, before: Floats, after: Floats) -> Floats:
    """The variance of a day's level around the two means, in units of what its weight says."""
    at = np.arange(series.level.shape[1])[None, :]
    fitted = np.where(at < since[:, None], before[:, None], after[:, None])
    squares = np.where(series.weight > 0, series.weight * (series.level - fitted) ** 2, 0).sum(axis=1)
    return np.asarray(squares / np.maximum(series.days - 2, 1))


def _intervals(series: Series, first: Floats, second: Floats, width: Floats, near: Flags) -> tuple[Floats, Floats]:
    """Of the relative fall: the widest of the delta method's over all plausible days of the change.

    Of 1 - second / first; what a day scatters stays what it was before the fall, also where nothing is left.
    """
    weight = np.cumsum(series.weight, axis=1)
    before = np.roll(weight, 1, axis=1)
    before[:, 0] = 0
    ratio = second / first
    half = width[:, None] * np.sqrt(1 / (weight[:, -1:] - before) + ratio**2 / before) / np.abs(first)
    low = np.where(near, 1 - ratio - half, np.inf).min(axis=1)
    high = np.where(near, 1 - ratio + half, -np.inf).max(axis=1)
    return low, np.minimum(high, 1.0)
