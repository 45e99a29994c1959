"""This module owns how much daily levels scatter: more than counts alone would, and together from day to day."""

from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
LAGS_MAX = 7


def weights(level: Floats, counting: Floats, unit: Ints, day: Ints) -> Floats:
    """One over the variance of each level: k·counting + s, both learned from how levels differ from day to day.

    `counting` is the relative variance of counts (1/events); k is 1 for counts and more for money, s what days scatter
    besides. By the method of moments on half the squared differences of a unit's successive days, in which a change of
    level is seen once and a season not at all; weighed least squares, no part below 0.
    """
    order = np.lexsort((day, unit))
    same = unit[order][1:] == unit[order][:-1]
    one, next_ = order[:-1][same], order[1:][same]
    if not len(one):
        return np.ones(len(level))
    squared = (level[next_] - level[one]) ** 2 / 2
    counted = (counting[next_] + counting[one]) / 2
    trust = 1 / np.maximum(counted, np.quantile(counted, 0.1)) ** 2
    a, b, c = (trust * counted**2).sum(), (trust * counted).sum(), trust.sum()
    y, z = (trust * counted * squared).sum(), (trust * squared).sum()
    determinant = a * c - b * b
    k, s = ((c * y - b * z) / determinant, (a * z - b * y) / determinant) if determinant > 1e-12 * a * c else (y / a, 0)
    if s < 0:
        k, s = y / a, 0.0
    elif k < 0:
        k, s = 0.0, z / c
    return np.asarray(1 / np.maximum(k * counting + s, 1e-12))


def long_run(residual: Floats, weight: Floats) -> Floats:
    """By series: by how much the variance of a mean over many days exceeds that of independent days; at least 1.

    `residual` and `weight` are (S, T), 0 where there is no day. Autocovariances are pooled over all series, summed up
    to the first that is not clearly above 0 (the initial positive sequence: Geyer 1992, Statistical Science 7:473),
    and corrected for the means that were taken off, which make them too small. Counting noise makes it less.
    """
    root = np.sqrt(weight)
    pairs = [(root[:, lag:] * root[:, : root.shape[1] - lag]) for lag in range(min(LAGS_MAX + 1, root.shape[1]))]
    days = float((weight > 0).sum())
    series = float((weight > 0).any(axis=1).sum())
    scale = float((weight * residual**2).sum()) / max(days, 1)  # of a day's residual, in units of its weight
    if scale <= 0:
        return np.ones(len(weight))
    found, taken_off = 0.0, series / days
    for lag in range(1, len(pairs)):
        both = pairs[lag] > 0
        number = float(both.sum())
        if not number:
            break
        product = residual[:, lag:] * residual[:, : residual.shape[1] - lag]
        covariance = float((pairs[lag] * product).sum()) / float(pairs[lag].sum())
        typical = scale * number / float(pairs[lag].sum())
        correlation = covariance / typical + taken_off * (1 + 2 * found)
        if correlation <= 1 / np.sqrt(number):
            break
        found += correlation
    own = np.divide(weight.sum(axis=1), np.maximum((weight > 0).sum(axis=1), 1))
    return np.asarray(1 + 2 * found * np.clip(own / max(own[own > 0].mean(), 1e-12), 0, 2))
