"""This module owns the intervals of proportions: sessions that reached a step, of those that could."""

import numpy as np

from analytics.inference.interval import LEVEL, Interval, Numbers, floats, quantile, special

__all__ = ["Interval", "jeffreys", "wilson"]


def wilson(k: Numbers, n: Numbers, level: float = LEVEL) -> Interval:
    """k of n with Wilson's score interval (Wilson 1927, JASA 22:209); never Wald. nan where n is 0 or k is not in 0…n.

    Events per event, which can exceed 1, are no proportions: `money.per_click`.
    """
    hits, trials = floats(k, n)
    known = (trials > 0) & (hits >= 0) & (hits <= trials)
    m = np.where(known, trials, 1.0)
    z = quantile(level)
    p = np.where(known, hits / m, np.nan)
    centre = (p + z * z / (2 * m)) / (1 + z * z / m)
    inside = np.where(known, p * (1 - p) / m, 0.0) + z * z / (4 * m * m)
    half = z * np.sqrt(inside) / (1 + z * z / m)
    # Rounding may leave the ends a hair inside: at 0 and 1 they are exact.
    low, high = np.minimum(p, centre - half), np.maximum(p, centre + half)
    return Interval(p, np.where(hits == 0, p, np.maximum(0.0, low)), np.where(hits == m, p, np.minimum(1.0, high)))


def jeffreys(k: Numbers, n: Numbers, level: float = LEVEL) -> Interval:
    """k of n with Jeffreys' interval: quantiles of Beta(k + 1/2, n − k + 1/2), 0 at k = 0 and 1 at k = n.

    Brown, Cai and DasGupta 2001, Statistical Science 16:101. nan where n is 0 or k is not in 0…n.
    """
    hits, trials = floats(k, n)
    known = (trials > 0) & (hits >= 0) & (hits <= trials)
    a, b = np.where(known, hits, 0.0) + 0.5, np.where(known, trials - hits, 0.0) + 0.5
    tail = (1 - level) / 2
    low = np.where(hits == 0, 0.0, special().betaincinv(a, b, tail))
    high = np.where(hits == trials, 1.0, special().betaincinv(a, b, 1 - tail))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = hits / trials
    return Interval(*(np.where(known, each, np.nan) for each in (value, low, high)))
