"""This module owns the lift of a feature: the ratio of the rates with and without it, with the family as the unit.

Families differ for reasons of their own (`heterogeneity`); a feature compared impression by impression calls such a
difference its own. Here the ratio of rates is that of Mantel and Haenszel over strata, with two differences: a family
weighs no more than what it can say (1 / (1 + τ²M) per event, M its expected events, τ² the relative variance between
families), and the variance is the sum of the families' squared scores, each blown up by its leverage, not Poisson's.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from analytics.inference.heterogeneity import Fitted, Floats, Ints, Mask

LEVERAGE_MAX = 0.99
LOG_MAX = 50.0  # an interval this wide says nothing, and fits into a double


@dataclass(frozen=True, slots=True)
class Lift:
    """The ratio of the rates with and without a feature, its interval, and what it rests on."""

    ratio: float
    low: float
    high: float
    p_value: float
    freedom: float
    families_with: int
    families_without: int
    events_with: float
    events_without: float
    strata: Ints


def lift(fitted: Fitted, having: Ints, level: float = 0.95) -> Lift | None:
    """The lift of a feature that the cells `having` (places in `fitted.cells`) have, and all others have not.

    None where no stratum holds cells with and without it, or one side has no event there.
    ratio: Mantel and Haenszel's for rates (Rothman, Greenland, Lash 2008, ch. 15), of weighted cells. Interval: on the
    log scale, robust to whatever a family's cells have in common, with leverage taken off (HC2, MacKinnon and White
    1985; by clusters Bell and McCaffrey 2002), never narrower than the fitted τ² says, with Student's t at
    Satterthwaite's degrees of freedom.
    """
    strata, places, has = _compared(fitted, having)
    part, weight = fitted.cells.at(places), fitted.weight[places]
    at, size = np.searchsorted(strata, part.stratum), len(strata)
    events, exposure = weight * part.events, weight * part.exposure
    a1, a0, e1, e0 = (np.bincount(at, of * side, size) for of in (events, exposure) for side in (has, ~has))
    whole = e1 + e0
    above, beneath = float((a1 * e0 / whole).sum()), float((a0 * e1 / whole).sum())
    if above <= 0 or beneath <= 0:
        return None
    ratio = above / beneath
    expected = exposure * ((a1 + a0) / (ratio * e1 + e0))[at] * np.where(has, ratio, 1.0)
    pull = np.where(has, (e0 / whole)[at], -(ratio * e1 / whole)[at])
    scores = _Scores(part.family, at, fitted.pair[places], has, pull, expected, events - expected, weight, fitted.tau2)
    variance, freedom = _variance(scores)
    error = variance**0.5 / above
    half = min(float(stdtrit(freedom, (1 + level) / 2)) * error, LOG_MAX)
    return Lift(
        ratio, ratio * float(np.exp(-half)), ratio * float(np.exp(half)),
        2 * float(stdtr(freedom, -abs(np.log(ratio)) / error)), freedom,
        int(np.count_nonzero(np.bincount(part.family[has]))), int(np.count_nonzero(np.bincount(part.family[~has]))),
        float(part.events[has].sum()), float(part.events[~has].sum()), strata,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Scores:
    """The terms of `above - ratio * beneath`, whose mean is 0: each cell adds pull * (events - expected)."""

    family: Ints
    stratum: Ints
    pair: Ints
    has: Mask
    pull: Floats
    expected: Floats
    residual: Floats
    weight: Floats
    tau2: float


def _compared(fitted: Fitted, having: Ints) -> tuple[Ints, Ints, Mask]:
    """(strata that hold both sides, places of all their cells, which of these have the feature)."""
    sizes = np.diff(fitted.begins)
    count = np.bincount(fitted.cells.stratum[having], minlength=len(sizes))
    strata = np.flatnonzero((count > 0) & (count < sizes))
    length = sizes[strata]
    places = np.arange(length.sum()) + np.repeat(fitted.begins[strata] - (np.cumsum(length) - length), length)
    has = np.zeros(len(fitted.cells), dtype=np.bool_)
    has[having] = True
    return strata, places, has[places]


def _variance(scores: _Scores) -> tuple[float, float]:
    """(variance of the sum of scores, degrees of freedom)."""
    at, has, expected = scores.stratum, scores.has, scores.expected
    size = int(at.max()) + 1
    w1, w0 = np.bincount(at, expected * has, size), np.bincount(at, expected * ~has, size)
    whole = w1 + w0
    apart = np.where(has, (w0 / whole)[at], (w1 / whole)[at])
    # What a family has in one stratum and side leans on the fit as one.
    cells = scores.pair * 2 + has
    together = np.bincount(cells, expected)[cells]
    leverage = together * (1 / whole[at] + apart**2 / float((w1 * w0 / whole).sum()))
    left = 1 - np.minimum(leverage, LEVERAGE_MAX)
    family = scores.family
    found = np.bincount(family, scores.pull * scores.residual / np.sqrt(left)) ** 2
    chance = np.bincount(family, scores.pull**2 * scores.weight * expected)
    modelled = chance + scores.tau2 * np.bincount(family, scores.pull * expected) ** 2
    here = modelled > 0
    of_family = np.bincount(family, expected * left)[here] / np.bincount(family, expected)[here]
    freedom = float(modelled.sum() ** 2 / (modelled[here] ** 2 / of_family).sum())
    return max(float(found.sum()), float(modelled.sum())), freedom
