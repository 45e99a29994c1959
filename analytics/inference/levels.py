"""This module owns how a creative did on a day beside the others on that day: its level without weekday and season.

What a cell shows is taken as exposure × the creative's level × the day's effect on everybody (a two-way multiplicative
model: Deming & Stephan 1940, Annals of Mathematical Statistics 11:427, fitted by turns). Each of the others is
measured against its own level, so that good creatives that come or go move nobody else's day; and a day's effect on a
creative is taken from all others but itself.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
ROUNDS = 12  # of fitting by turns: from there on levels move by less than a thousandth
COMPANY_MIN = 0.8  # of a creative's days on which others ran, for it to be compared with them
OTHERS_MIN = 1.5  # others that count: beside a single one its rise would look like a fall
WEEK = 7


@dataclass(frozen=True, slots=True)
class Levels:
    """Per cell: the day's effect on it, the relative variance that counting its company adds, whether it has any."""

    effect: Floats
    company: Floats
    is_known: np.ndarray[Any, np.dtype[np.bool_]]


def beside_others(observed: Floats, exposure: Floats, unit: Ints, moment: Ints) -> Levels:
    """The effect of each cell's moment (a scope's day, numbered from 0) on all of it but the cell's own unit.

    All arrays are by cell; units and moments are numbered from 0. Unknown where fewer than OTHERS_MIN others count, of
    their expected share (the inverse Simpson index: three alike are 3, one large and two tiny ones little more than 1).
    """
    units, moments = int(unit.max()) + 1, int(moment.max()) + 1
    effect = np.ones(moments)
    for _ in range(ROUNDS):
        level = _ratio(np.bincount(unit, observed, units), np.bincount(unit, exposure * effect[moment], units))
        expected = np.bincount(moment, exposure * level[unit], moments)
        effect = _ratio(np.bincount(moment, observed, moments), expected)
    own = exposure * level[unit]
    others_seen = np.maximum(np.bincount(moment, observed, moments)[moment] - observed, 0)
    others_expected = expected[moment] - own
    squares = np.bincount(moment, own**2, moments)[moment] - own**2
    counted = others_expected**2 / np.maximum(squares, 1e-12 * (own + others_expected) ** 2 + 1e-300)
    is_known = (others_seen > 0) & (others_expected > 1e-9 * own) & (counted >= OTHERS_MIN)
    found = np.where(is_known, others_seen / np.where(is_known, others_expected, 1), 1.0)
    return Levels(found, np.where(is_known, 1 / np.where(is_known, others_seen, 1), 0.0), is_known)


def beside_own_weekdays(observed: Floats, exposure: Floats, unit: Ints, day: Ints) -> Levels:
    """The effect of each cell's weekday on its own unit, from its days against the week around each of them.

    The week around smooths out levels that drift, so that a decline is not taken for a weekday. `day` is a number.
    """
    first, span = int(day.min()), int(day.max() - day.min()) + 1
    units = int(unit.max()) + 1
    seen, there = (np.zeros((units, span + WEEK - 1)) for _ in range(2))
    half, at = WEEK // 2, day - first
    np.add.at(seen, (unit, at + half), observed)
    np.add.at(there, (unit, at + half), exposure)
    around = [np.lib.stride_tricks.sliding_window_view(each, WEEK, axis=1).sum(axis=2) for each in (seen, there)]
    expected = exposure * _ratio(around[0], around[1])[unit, at]
    weekday = unit * WEEK + day % WEEK
    found = _ratio(np.bincount(weekday, observed, units * WEEK), np.bincount(weekday, expected, units * WEEK))
    effect = np.where(found[weekday] > 0, found[weekday], 1.0)
    return Levels(effect, np.zeros(len(day)), np.ones(len(day), dtype=bool))


def company(levels: Levels, unit: Ints, units: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """By unit: whether others ran on enough of its days to compare with."""
    days = np.bincount(unit, minlength=units)
    return np.asarray(np.bincount(unit, levels.is_known, units) >= COMPANY_MIN * np.maximum(days, 1))


def _ratio(top: Any, bottom: Any) -> Floats:
    """Element by element; 0 where there is nothing below."""
    return np.asarray(np.divide(top, bottom, out=np.zeros(top.shape), where=bottom > 0))
