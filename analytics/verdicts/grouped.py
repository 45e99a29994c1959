"""This module owns inference for many scopes at once: hierarchical posteriors, the e-BH list, dispersion over days.

Each is one formula over sums per scope, so that a day's verdicts of thousands of scopes take no loop.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.inference.interval import Floats, Masks, special

Ints = NDArray[np.int64]
SURE, UNKNOWN = 0.6, 1e6
GRID = 24  # values of the deviation between creatives, at equal steps of its prior's probability


@dataclass(frozen=True, slots=True)
class Posteriors:
    """Of every creative: its mean and deviation, P(above 0), and the deviation without what all of its scope share."""

    mean: Floats
    sd: Floats
    above: Floats
    own_sd: Floats


def posteriors(
    estimates: Floats, variances: Floats, scope: Ints, scopes: int, between: Floats, centred: bool = False
) -> Posteriors:
    """Normal estimates of a scope's creatives under a prior N(μ, τ²), with μ flat (or 0: `centred`), τ unknown, too.

    τ ~ half-Cauchy with a scale per scope (`between`; Gelman 2006, Bayesian Analysis 1:515), integrated on a grid:
    where few creatives are known, taking a point for τ would be far too sure. The mean's own uncertainty is part of
    each (Morris 1983, JASA 78:47). A creative without an estimate (nan) gets its scope's; alone it stays nan.
    """
    known = np.isfinite(estimates) & np.isfinite(variances) & (variances > 0)
    y, v = np.where(known, estimates, 0.0), np.where(known, variances, 1.0)
    quantiles = (np.arange(GRID) + 0.5) / GRID
    logs, parts = [], []
    for factor in np.tan(np.pi / 2 * quantiles):
        between_squared = (factor * between) ** 2
        w = np.where(known, 1 / (v + between_squared[scope]), 0.0)
        total = np.bincount(scope, w, scopes)
        inside = np.where(total > 0, total, 1.0)
        mean = np.zeros(scopes) if centred else np.bincount(scope, w * y, scopes) / inside
        fit = np.where(known, np.log(np.where(known, w, 1.0)) - w * (y - mean[scope]) ** 2, 0.0)
        log = 0.5 * np.bincount(scope, fit, scopes) - (0.0 if centred else 0.5 * np.log(inside))
        kept = np.where(known, between_squared[scope] / (v + between_squared[scope]), 0.0)
        own = np.where(known, kept * v, between_squared[scope])
        shared = np.zeros(len(y)) if centred else (1 - kept) ** 2 / inside[scope]
        parts.append((mean[scope] + kept * (y - mean[scope]), own, own + shared))
        logs.append(log)
    weights = np.exp(np.array(logs) - np.max(logs, axis=0))
    weights /= weights.sum(axis=0)
    found = _mixed(weights[:, scope], *(np.array(part) for part in zip(*parts, strict=True)))
    there = np.bincount(scope, known, scopes)[scope] > 0
    return Posteriors(*(np.where(there, each, np.nan) for each in found))


def _mixed(weights: Floats, means: Floats, own: Floats, whole: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    mean = (weights * means).sum(axis=0)
    apart = (weights * (means - mean) ** 2).sum(axis=0)
    sd = np.sqrt((weights * whole).sum(axis=0) + apart)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = means / np.sqrt(whole)
    above = np.clip((weights * special().ndtr(np.where(np.isnan(z), 0.0, z))).sum(axis=0), 0.0, 1.0)
    return mean, sd, above, np.sqrt((weights * own).sum(axis=0) + apart)


def e_bh(log_e: Floats, listed: Masks, scope: Ints, scopes: int, alpha: float) -> Masks:
    """`evidence.e_bh` within each scope, over those of its creatives that are `listed` (Wang and Ramdas 2022)."""
    values = np.where(listed & np.isfinite(log_e), log_e, -np.inf)
    order = np.lexsort((-values, scope))
    sizes = np.bincount(scope, listed, scopes)
    starts = np.concatenate([[0], np.cumsum(np.bincount(scope, minlength=scopes))])[:-1]
    rank = np.arange(len(order)) - starts[scope[order]] + 1
    enough = values[order] >= np.log(np.maximum(sizes[scope[order]], 1.0) / (alpha * rank))
    last = np.zeros(scopes)
    np.maximum.at(last, scope[order], np.where(enough, rank, 0))
    found = np.zeros(len(log_e), dtype=bool)
    found[order] = rank <= last[scope[order]]
    return found & (values > -np.inf)


@dataclass(frozen=True, slots=True)
class Dispersion:
    """How much more than by chance the days of each scope differ, at least 1: as it was seen, and for what must be sure
    the limit that is not passed with probability SURE, a million where nothing shows it yet."""

    seen: Floats
    sure: Floats


def overdispersion(scores: Floats, variances: Floats, unit: Ints, scope: Ints, scopes: int, step: float) -> Dispersion:
    """`evidence.overdispersion` of every scope, from rows that are days; `unit` says whose each row is.

    Σ (S − θV)² / Σ V(1 − V/ΣV), θ each creative's own drift over its days. Satterthwaite's degrees of freedom, fewer
    where scores are of few things of size `step`. One day shows nothing of that, so nobody is sure of anything then.
    """
    units = len(scope)
    whole, drift = np.bincount(unit, variances, units), np.bincount(unit, scores, units)
    told = variances > 0
    of_unit = np.where(told, whole[unit], 1.0)
    left = np.where(told, (scores - variances * drift[unit] / of_unit) ** 2, 0.0)
    expected = np.where(told, variances * (1 - variances / of_unit), 0.0)
    noise = np.where(told, 2 * variances**2 + variances * step**2, 0.0)
    above, below, noise = (np.bincount(scope[unit], each, scopes) for each in (left, expected, noise))
    many = np.maximum(np.bincount(scope, whole > 0, scopes), 1.0)
    free = np.where(many > 1, (many - 1) / many, 1.0)  # the scores of a scope's day sum to zero
    known = below > 1e-9 * np.maximum(noise, 1e-300) ** 0.5
    seen = np.where(known, above, 0.0) / np.where(known, below, 1.0)
    degrees = np.where(known, 2 * below**2 * free / np.where(noise > 0, noise, 1.0), 1.0)
    least = np.maximum(2 * special().gammaincinv(degrees / 2, 1 - SURE), 1e-9)
    sure = np.where(known, np.clip(seen * degrees / least, 1.0, UNKNOWN), UNKNOWN)
    sure = np.where(noise > 0, sure, 1.0)  # nothing ever came: chance alone is all that can be reckoned with
    return Dispersion(np.maximum(1.0, seen), sure)
