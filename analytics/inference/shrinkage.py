"""This module owns shrinkage: what a scope's creatives have in common, and each one's estimate drawn towards it."""

import numpy as np
from numpy.typing import NDArray

from analytics.inference.interval import Floats, Numbers, floats

PRECISION_MAX = 1e6  # a + b of a prior: creatives that differ no more than this are all alike
PRECISION_MIN = 1e-2
Prior = tuple[float, float]


def beta_priors(k: Numbers, n: Numbers, cell: NDArray[np.int64], cells: int) -> tuple[Floats, Floats]:
    """(a, b) of each of many scopes at once, by moments: for what is made in every cycle; `cell` is a row's scope.

    Σ n (p − p̂)² against its expectation p̂(1 − p̂)(m − 1 + ρ Σ (1 − n/N)(n − 1)), and a + b = 1/ρ − 1 (Kleinman 1973,
    JASA 68:46, weights n). nan where a scope has no trial; nearly complete pooling where its creatives do not differ.
    """
    hits, trials = floats(k, n)
    told = (trials > 0) & (hits >= 0) & (hits <= trials)
    hits, trials = np.where(told, hits, 0.0), np.where(told, trials, 0.0)
    many, whole, squares, good = (np.bincount(cell, each, cells) for each in (told, trials, trials**2, hits))
    mean = np.where(whole > 0, (good + 0.5) / (whole + 1), np.nan)
    rate = np.where(told, hits / np.where(told, trials, 1.0), 0.0)
    pooled = good / np.where(whole > 0, whole, 1.0)
    apart = np.bincount(cell, trials * (rate - pooled[cell]) ** 2, cells) / (mean * (1 - mean))
    room = whole - many - squares / np.where(whole > 0, whole, 1.0) + 1
    rho = np.where(room > 0, (apart - (many - 1)) / np.where(room > 0, room, 1.0), 0.0)
    precision = 1 / np.clip(rho, 1 / (PRECISION_MAX + 1), 1 / (PRECISION_MIN + 1)) - 1
    mean = np.where((good > 0) & (good < whole), pooled, mean)
    return mean * precision, (1 - mean) * precision


def beta_mean(k: Numbers, n: Numbers, prior: tuple[Numbers, Numbers]) -> Floats:
    """The posterior mean of each proportion alone; nan where the prior is unknown."""
    hits, trials, a, b = floats(k, n, *prior)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((hits + a) / (trials + a + b))


def normal_priors(estimates: Numbers, variances: Numbers, cell: NDArray[np.int64], cells: int) -> tuple[Floats, Floats]:
    """(mean, variance) of each of many scopes at once, by moments (DerSimonian and Laird 1986): for every cycle."""
    y, v = floats(estimates, variances)
    told = np.isfinite(y) & np.isfinite(v) & (v > 0)
    y, w = np.where(told, y, 0.0), np.where(told, 1 / np.where(told, v, 1.0), 0.0)
    many, whole, squares, sums = (np.bincount(cell, each, cells) for each in (told, w, w * w, w * y))
    weight = np.where(whole > 0, whole, 1.0)
    apart = np.bincount(cell, w * (y - (sums / weight)[cell]) ** 2, cells) - (many - 1)
    room = whole - squares / weight
    between = np.where((room > 0) & (apart > 0), apart / np.where(room > 0, room, 1.0), 0.0)
    again = np.where(told, 1 / (np.where(told, v, 1.0) + between[cell]), 0.0)
    top, bottom = np.bincount(cell, again * y, cells), np.bincount(cell, again, cells)
    mean = np.where(bottom > 0, top / np.where(bottom > 0, bottom, 1.0), np.nan)
    return mean, np.where(bottom > 0, between, np.nan)


def normal_prior(estimates: Numbers, variances: Numbers) -> Prior:
    """(mean, variance) between creatives by Paule–Mandel: Σ w (y − mean)² = n − 1 with w = 1 / (variance + v).

    Paule and Mandel 1982, J. Res. NBS 87:377; DerSimonian and Kacker 2007. Variance 0 where they differ no more than
    chance; (nan, nan) without an estimate whose variance is known and positive.
    """
    y, v = floats(estimates, variances)
    told = np.isfinite(y) & np.isfinite(v) & (v > 0)
    y, v = y[told], v[told]
    if not len(y):
        return float("nan"), float("nan")

    def excess(between: float) -> float:
        w = 1 / (v + between)
        return float((w * (y - (w * y).sum() / w.sum()) ** 2).sum() - (len(y) - 1))

    low, high = 0.0, float(np.var(y) * len(y) + v.max())
    if len(y) == 1 or excess(0.0) <= 0:
        high = 0.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
        if high - low <= 1e-12 * high:
            break
    w = 1 / (v + high)
    return float((w * y).sum() / w.sum()), high


def posterior(estimates: Numbers, variances: Numbers, prior: tuple[Numbers, Numbers]) -> tuple[Floats, Floats]:
    """Means and standard deviations of each creative under a normal prior; the prior itself where nothing is known."""
    y, v, mean, between = floats(estimates, variances, *prior)
    known = np.isfinite(y) & np.isfinite(v) & (v >= 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where(known, between / (between + v), 0.0)
    weight = np.where(known & (between + v == 0), 1.0, weight)  # both exact: its own value
    means = mean + weight * (np.where(known, y, mean) - mean)
    return means, np.sqrt(np.where(known, (1 - weight) * between, between))
