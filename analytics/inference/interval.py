"""This module owns what every estimate is handed on as: values with their limits, moved, stretched and turned over."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
Floats = NDArray[np.float64]
Masks = NDArray[np.bool_]
Numbers = float | int | Sequence[float] | NDArray[Any]


@dataclass(frozen=True, slots=True)
class Interval:
    """Values with their limits, arrays of one shape; nan where unknown."""

    value: Floats
    low: Floats
    high: Floats


@cache
def special() -> Any:
    """scipy.special: a fifth of a second, which no command spends before it works out what needs it."""
    from scipy import special as functions

    return functions


@lru_cache
def quantile(level: float) -> float:
    """The two-sided standard normal quantile, 1.96 for 0.95."""
    return NormalDist().inv_cdf(0.5 + level / 2)


@lru_cache
def student(freedom: int, level: float = LEVEL) -> float:
    """The two-sided quantile of Student's t, 2.57 for 5 degrees of freedom and 0.95."""
    return float(special().stdtrit(freedom, 0.5 + level / 2))


def floats(*arrays: Numbers) -> tuple[Floats, ...]:
    """The arrays as float64 of their common shape, at least one-dimensional."""
    return tuple(np.atleast_1d(each) for each in np.broadcast_arrays(*(np.asarray(a, dtype=float) for a in arrays)))


def shift(interval: Interval, by: Numbers) -> Interval:
    """The interval moved by known amounts (profit per click = revenue per click minus what clicks cost)."""
    (moved,) = floats(by)
    return Interval(interval.value + moved, interval.low + moved, interval.high + moved)


def scale(interval: Interval, by: Numbers) -> Interval:
    """The interval times known positive amounts (ROAS = revenue per click / cost per click)."""
    (factor,) = floats(by)
    return Interval(interval.value * factor, interval.low * factor, interval.high * factor)


def inverse(interval: Interval, numerator: Numbers) -> Interval:
    """Known positive amounts over the interval (CPA = cost per click / conversions per click): the ends change sides.

    Where the lower limit is zero the upper one of the inverse is not known: nan.
    """
    (top,) = floats(numerator)
    with np.errstate(divide="ignore", invalid="ignore"):
        value, low, high = top / interval.value, top / interval.high, top / interval.low
    return Interval(*(np.where(np.isfinite(each), each, np.nan) for each in (value, low, high)))
