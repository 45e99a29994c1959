"""This module owns money per click: its mean with an interval that covers in spite of heavy tails, from sums alone."""

import numpy as np

from analytics.inference.interval import LEVEL, Floats, Interval, Numbers, floats, quantile, special

CONVERTED_FLOOR = 10  # below this many converted clicks no interval of money is believed, whatever the spread


def per_click(
    total: Numbers, squared: Numbers, clicks: Numbers, converted: Numbers, spread: Numbers, level: float = LEVEL
) -> Interval:
    """The mean money per click from sums over clicks (Σv, Σv², clicks, clicks with v), with its interval.

    `spread` is E[v²]/E[v]² of a converted click's money in the scope (`spread_of`); nan: the row's own sums say it.
    """
    sums, squares, n, k, shape = floats(total, squared, clicks, converted, spread)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(n > 0, sums / n, np.nan)
        own = sums * sums / squares
        effective = np.where(k > 0, k / shape, own)
    effective = np.where(np.isfinite(effective) & (effective > 0), effective, own)
    usable = (n > 0) & (sums > 0) & (squares > 0)
    size = np.where(usable, effective, 1.0)
    tail = (1 - level) / 2
    low = special().gammaincinv(size, tail) / size
    high = special().gammaincinv(size + 1, 1 - tail) / size
    plain = quantile(level) * np.sqrt(np.where(n > 0, squares, np.nan)) / np.where(n > 0, n, 1.0)
    refunded = (n > 0) & (sums <= 0) & (squares > 0)
    return Interval(
        value,
        np.where(usable, value * low, np.where(refunded, value - plain, np.nan)),
        np.where(usable, value * high, np.where(refunded, value + plain, np.nan)),
    )


def spread_of(total: Numbers, squared: Numbers, converted: Numbers) -> float:
    """The pooled E[v²]/E[v]² of a scope's creatives, from Σv, Σv² and converted clicks of each; nan without any."""
    sums, squares, k = floats(total, squared, converted)
    told = (k > 0) & (sums > 0)
    if not told.any():
        return float("nan")
    sums, squares, k = sums[told], squares[told], k[told]
    return float(max(1.0, squares.sum() / (sums * sums / k).sum()))


def converted_min(spread: Numbers) -> Floats:
    """The converted clicks from which `per_click` covers at least 93 % at a nominal 95 %; nan where spread is."""
    (shape,) = floats(spread)
    return np.asarray(np.ceil(CONVERTED_FLOOR * np.maximum(1.0, shape)))
