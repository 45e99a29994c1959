"""This module owns the best of several: how probably each is, and what choosing it would lose; by quadrature."""

import numpy as np

from analytics.inference.interval import LEVEL, Floats, Masks, Numbers, floats, special
from analytics.inference.shrinkage import normal_prior, posterior

COMPARED_MAX = 20  # among more creatives nobody is told apart: the set not separable from the best is told instead
_REACH = (-9.0, -6.0, -4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 9.0)  # standard deviations around each mean
_SPREADS = 9
_NODES = 8  # of Gauss–Legendre between two neighbours of these; 3 among ten, whose neighbours are nearer


def p_best(means: Numbers, sds: Numbers) -> Floats:
    """P(creative i is the best) for independent normals: ∫ φᵢ(x) Π Φⱼ(x) dx over j ≠ i. Sums to 1; nan stays nan.

    Equal creatives get equal shares, also where nothing is uncertain (sd 0).
    """
    return chances(means, sds)[0]


def expected_loss(means: Numbers, sds: Numbers) -> Floats:
    """E[max over all − creative i], what choosing i loses on average per click: ∫ Φᵢ(x) (1 − Π Φⱼ(x)) dx over j ≠ i."""
    return chances(means, sds)[1]


def chances(means: Numbers, sds: Numbers) -> tuple[Floats, Floats]:
    """`p_best` and `expected_loss` in one go."""
    middle, deviation = floats(means, sds)
    known, mean, sd = _told(middle, deviation)
    best, loss = np.full(len(middle), np.nan), np.full(len(middle), np.nan)
    if len(mean):
        z, weights = _grid(mean, sd)
        below: Floats = special().ndtr(z)
        others = _others(below)
        shares = (np.exp(-0.5 * z * z) * others) @ weights / sd
        best[known], loss[known] = shares / shares.sum(), (below * (1 - others)) @ weights
    return best, loss


def hierarchical(estimates: Numbers, variances: Numbers) -> tuple[Floats, Floats]:
    """(P(best), expected loss) averaged over how much the creatives of the scope may differ, from their raw estimates.

    Where few creatives hardly tell the spread τ between them, the likeliest τ alone is often 0, and then nothing seems
    to be lost by any choice. Here τ has a half-Cauchy prior (Gelman 2006, Bayesian Analysis 1:515) as wide as the
    estimates are apart, at nine points of equal prior mass, weighted by the restricted likelihood. nan stays nan.
    """
    y, v = floats(estimates, variances)
    known = np.isfinite(y) & np.isfinite(v) & (v > 0)
    best, loss = np.full(len(y), np.nan), np.full(len(y), np.nan)
    if not known.any():
        return best, loss
    wide = (normal_prior(y, v)[1] + float(np.median(v[known]))) ** 0.5
    spreads = wide * np.tan(np.pi / 2 * (np.arange(_SPREADS) + 0.5) / _SPREADS)
    fits = [_fit(y[known], v[known], spread**2) for spread in spreads]
    weights = np.exp(np.array([fit[0] for fit in fits]) - max(fit[0] for fit in fits))
    weights /= weights.sum()
    means = [posterior(y[known], v[known], (mean, spread**2)) for (_, mean), spread in zip(fits, spreads, strict=True)]
    found = [chances(*each) for each in means]
    best[known] = weights @ np.array([each for each, _ in found])
    loss[known] = weights @ np.array([each for _, each in found])
    return best, loss


def _fit(y: Floats, v: Floats, between: float) -> tuple[float, float]:
    """The restricted log-likelihood of a variance between creatives, and their mean under it."""
    w = 1 / (v + between)
    mean = float((w * y).sum() / w.sum())
    return float((np.log(w).sum() - np.log(w.sum()) - (w * (y - mean) ** 2).sum()) / 2), mean


def not_separable(means: Numbers, sds: Numbers, level: float = LEVEL) -> Masks:
    """Which creatives cannot be told from the best: subset selection with P(the best is among them) ≥ level.

    Left out is only who is below another by more than z · sqrt(sdᵢ² + sdⱼ²), z Bonferroni's for the n − 1 comparisons
    of the best (Gupta 1965, Technometrics 7:225; Hsu 1981, Ann. Stat. 9:1026). One whose value is nan stays in.
    """
    middle, deviation = floats(means, sds)
    known, mean, sd = _told(middle, deviation)
    stays = ~known
    if len(mean):
        z = float(special().ndtri(1 - (1 - level) / max(1, len(mean) - 1)))
        gap = mean[None, :] - mean[:, None]
        stays[known] = (gap <= z * np.sqrt(sd[None, :] ** 2 + sd[:, None] ** 2)).all(axis=1)
    return stays


def _told(middle: Floats, deviation: Floats) -> tuple[Masks, Floats, Floats]:
    """Which are known, their means, and their deviations, none of them zero: a point has a width, too."""
    known = np.isfinite(middle) & np.isfinite(deviation)
    mean, sd = middle[known], deviation[known]
    width = float(max(np.abs(mean).max(initial=0.0), sd.max(initial=0.0))) or 1.0
    return known, mean, np.maximum(sd, 1e-9 * width)


def _grid(mean: Floats, sd: Floats) -> tuple[Floats, Floats]:
    """Points, as standard deviations from each mean, and weights of a rule that resolves every creative's own scale."""
    ends = np.unique((mean[:, None] + sd[:, None] * np.array(_REACH)).ravel())
    nodes, weights = np.polynomial.legendre.leggauss(_NODES if len(mean) < 10 else 3)
    half = np.diff(ends) / 2
    x = ((ends[:-1] + half)[:, None] + half[:, None] * nodes).ravel()
    return (x - mean[:, None]) / sd[:, None], (half[:, None] * weights).ravel()


def _others(below: Floats) -> Floats:
    """For each row the product of all other rows."""
    before = np.vstack([np.ones((1, below.shape[1])), np.cumprod(below[:-1], axis=0)])
    after = np.vstack([np.cumprod(below[:0:-1], axis=0)[::-1], np.ones((1, below.shape[1]))])
    return before * after
