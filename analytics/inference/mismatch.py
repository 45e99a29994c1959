"""This module owns the sample-ratio mismatch: whether the arms of an experiment got the shares that were intended.

Two tests of the same counts. The chi-square test is for one look, at the end. The sequential one may be looked at after
every day and stopped at any: its evidence is a test martingale. Both take every unit for an independent draw.
"""

import math
from dataclasses import dataclass

import numpy as np

from analytics.inference.interval import Floats, Numbers, floats, special

ALPHA = 0.001  # of either test: a mismatch silences an experiment, so it is not called lightly
EXPECTED_MIN = 8.0  # units that each arm should have before either test is asked
# Of the Dirichlet prior around the intended shares: about how far from them it looks for deviations (sqrt(p q / 1000),
# 1.6 points of an equal split). It must not be chosen by the counts.
CONCENTRATION = 1_000.0


@dataclass(frozen=True, slots=True)
class Mismatch:
    """What the counts of an experiment say of its shares. `p` is of all units; `log_e` the largest of all looks.

    `found` is the first look at which the sequential test was sure, from 0; None where it never was.
    """

    p: float
    log_e: float
    is_sure: bool
    found: int | None = None


def chi_square_p(counts: Numbers, shares: Numbers) -> float:
    """P of shares as uneven as these or more, if the intended ones hold (Pearson 1900); nan below EXPECTED_MIN.

    `counts` and `shares` are of the arms, shape (arms,); shares are taken relative to their sum.
    """
    observed, intended = floats(counts, shares)
    expected = observed.sum() * intended / intended.sum()
    if len(observed) < 2 or expected.min() < EXPECTED_MIN:
        return math.nan
    statistic = ((observed - expected) ** 2 / expected).sum()
    return float(special().chdtrc(len(observed) - 1, statistic))


def mixture_log_e(counts: Numbers, shares: Numbers, concentration: float = CONCENTRATION) -> Floats:
    """Log evidence against the intended shares after every look, shape (looks,); `counts` is cumulative (looks, arms).

    The likelihood of a Dirichlet-multinomial with prior α = concentration · share over that of the intended shares:
    Γ(Σα)/Γ(Σα + n) · Π Γ(αᵢ + nᵢ)/Γ(αᵢ) · Π shareᵢ^−nᵢ. Under the intended shares a martingale of mean 1, so it ever
    passes 1/α with probability α at most: Lindon and Malek 2022 (Anytime-valid inference for multinomial count data).
    """
    n = np.atleast_2d(np.asarray(counts, dtype=float))
    (intended,) = floats(shares)
    intended = intended / intended.sum()
    prior = concentration * intended
    gammaln = special().gammaln
    total = gammaln(prior.sum()) - gammaln(prior.sum() + n.sum(axis=1))
    found: Floats = total + (gammaln(prior + n) - gammaln(prior) - n * np.log(intended)).sum(axis=1)
    return found


def mismatch(daily: Numbers, shares: Numbers, is_over: bool) -> Mismatch:
    """Judge the counts of every day, shape (days, arms), in order. The sequential test decides, after every day;
    where the experiment `is_over`, a chi-square p below ALPHA does, too."""
    counts = np.cumsum(np.atleast_2d(np.asarray(daily, dtype=float)), axis=0)
    (intended,) = floats(shares)
    looked = counts.sum(axis=1) * intended.min() / intended.sum() >= EXPECTED_MIN
    if not looked.any():
        return Mismatch(math.nan, math.nan, False)
    p = chi_square_p(counts[-1], intended)
    log_e = mixture_log_e(counts[looked], intended)
    sure = np.flatnonzero(looked)[log_e >= -math.log(ALPHA)]
    found = int(sure[0]) if len(sure) else None
    return Mismatch(p, float(log_e.max()), found is not None or (is_over and p < ALPHA), found)
