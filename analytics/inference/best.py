"""This module owns the best of several: how probably each is, and what choosing it would lose; by quadrature."""

import numpy as np

from analytics.inference.interval import LEVEL, Floats, Masks, Numbers, floats, special

COMPARED_MAX = 20  # among more creatives nobody is told apart: the set not separable from the best is told instead
_REACH = (-9.0, -6.0, -4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 9.0)  # standard deviations around each mean
_NODES = 8  # of Gauss–Legendre between two neighbours of these


def p_best(means: Numbers, sds: Numbers) -> Floats:
    """P(creative i is the best) for independent normals: ∫ φᵢ(x) Π Φⱼ(x) dx over j ≠ i. Sums to 1; nan stays nan.

    Equal creatives get equal shares, also where nothing is uncertain (sd 0).
    """
    middle, deviation = floats(means, sds)
    known, mean, sd = _told(middle, deviation)
    found = np.full(len(middle), np.nan)
    if len(mean):
        x, weights, above = _grid(mean, sd)
        density = np.exp(-0.5 * ((x - mean[:, None]) / sd[:, None]) ** 2) / (sd[:, None] * np.sqrt(2 * np.pi))
        shares = (density * _others(above) * weights).sum(axis=1)
        found[known] = shares / shares.sum()
    return found


def expected_loss(means: Numbers, sds: Numbers) -> Floats:
    """E[max over all − creative i], what choosing i loses on average per click: ∫ Φᵢ(x) (1 − Π Φⱼ(x)) dx over j ≠ i."""
    middle, deviation = floats(means, sds)
    known, mean, sd = _told(middle, deviation)
    found = np.full(len(middle), np.nan)
    if len(mean):
        _, weights, above = _grid(mean, sd)
        found[known] = (above * (1 - _others(above)) * weights).sum(axis=1)
    return found


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


def _grid(mean: Floats, sd: Floats) -> tuple[Floats, Floats, Floats]:
    """Points and weights of a composite rule that resolves every creative's own scale, and each one's CDF there."""
    ends = np.unique((mean[:, None] + sd[:, None] * np.array(_REACH)).ravel())
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    half = np.diff(ends) / 2
    x = ((ends[:-1] + half)[:, None] + half[:, None] * nodes).ravel()
    above: Floats = special().ndtr((x - mean[:, None]) / sd[:, None])
    return x, (half[:, None] * weights).ravel(), above


def _others(above: Floats) -> Floats:
    """For each row the product of all other rows."""
    before = np.vstack([np.ones((1, above.shape[1])), np.cumprod(above[:-1], axis=0)])
    after = np.vstack([np.cumprod(above[:0:-1], axis=0)[::-1], np.ones((1, above.shape[1]))])
    return before * after
