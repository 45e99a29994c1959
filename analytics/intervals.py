"""This module owns the intervals: pure functions from sums to a value and how sure it is (95 % unless told)."""

from dataclasses import dataclass
from functools import cache, lru_cache
from math import sqrt
from typing import Any

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate with its interval; all None where its denominator is zero."""

    value: float | None
    low: float | None
    high: float | None


NOTHING = Estimate(None, None, None)


@cache
def _special() -> Any:
    from scipy import special  # a fifth of a second, which no command spends before it works out an interval

    return special


@lru_cache
def quantile(level: float) -> float:
    """The two-sided standard normal quantile, 1.96 for 0.95."""
    return float(_special().ndtri(0.5 + level / 2))


@lru_cache
def student(freedom: int, level: float = LEVEL) -> float:
    """The two-sided quantile of Student's t, 2.57 for 5 degrees of freedom and 0.95."""
    return float(_special().stdtrit(freedom, 0.5 + level / 2))


def wilson(successes: int, trials: int, level: float = LEVEL) -> Estimate:
    """A proportion with its Wilson score interval (Wilson 1927, JASA 22:209); never Wald.

    `successes` may not exceed `trials`; events per event, which can exceed 1, are ratios (`mean`).
    """
    if trials <= 0:
        return NOTHING
    z, p = quantile(level), successes / trials
    z2 = z * z
    centre = (p + z2 / (2 * trials)) / (1 + z2 / trials)
    half = z * sqrt(p * (1 - p) / trials + z2 / (4 * trials * trials)) / (1 + z2 / trials)
    # Rounding may leave the ends a hair inside: at 0 and 1 they are exact.
    return Estimate(p, max(0.0, min(p, centre - half)), min(1.0, max(p, centre + half)))


def mean(total: float, total_squared: float, n: int, level: float = LEVEL) -> Estimate:
    """The mean of n values from their sum and sum of squares, with Student's t interval of its standard error.

    Heavy tails make this too narrow at small n; `verdict` asks for a minimum sample before it believes it.
    """
    if n <= 0:
        return NOTHING
    average = total / n
    if n == 1:
        return Estimate(average, None, None)
    variance = max(0.0, (total_squared - n * average * average) / (n - 1))
    half = float(_special().stdtrit(n - 1, 0.5 + level / 2)) * sqrt(variance / n)
    return Estimate(average, average - half, average + half)


def shift(estimate: Estimate, by: float) -> Estimate:
    """The estimate moved by a known amount (profit per click = revenue per click minus what clicks cost)."""
    if estimate.value is None:
        return NOTHING
    low = None if estimate.low is None else estimate.low + by
    high = None if estimate.high is None else estimate.high + by
    return Estimate(estimate.value + by, low, high)


def scale(estimate: Estimate, by: float) -> Estimate:
    """The estimate times a known positive amount (ROAS = revenue per click / cost per click)."""
    if estimate.value is None:
        return NOTHING
    low = None if estimate.low is None else estimate.low * by
    high = None if estimate.high is None else estimate.high * by
    return Estimate(estimate.value * by, low, high)


def probability_above(estimate: Estimate, target: float, level: float = LEVEL) -> float | None:
    """P(true value > target), from the normal approximation that the interval's width implies."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return None
    deviation = (estimate.high - estimate.low) / (2 * quantile(level))
    if deviation == 0:
        return float(estimate.value > target)
    return float(_special().ndtr((estimate.value - target) / deviation))
