"""This module owns the lift of one arm over another: its difference per unit with an interval that holds at every look.

Arms of an experiment run side by side, so what moves both moves neither's lift. What moves them apart from day to day
widens it: the variance is the larger of that of single units and that between days.
"""

from dataclasses import dataclass

import numpy as np

from analytics.experiments.measured import Measure
from analytics.inference.best import expected_loss, p_best
from analytics.inference.evidence import confidence_sequence
from analytics.inference.interval import Floats, quantile, special
from analytics.inference.shrinkage import normal_prior, posterior

LEVEL = 0.95
HITS_MIN = 20  # clicks with a value (or impressions with a click) of each arm: below, a mean is not nearly normal
TUNED_AT = {"impressions": 50_000.0, "clicks": 5_000.0}  # units at which the interval is sharpest; chosen beforehand
PRIOR_SD = 0.3  # how much arms differ, relative to their mean, where fewer than PRIOR_ARMS_MIN tell
PRIOR_ARMS_MIN = 20
_FACTORS = np.geomspace(1.02, 1000, 240)  # how many times the units of now


@dataclass(frozen=True, slots=True)
class Lift:
    """The difference of two arms per unit with its always-valid interval; `se_squared` of the units there are."""

    value: float
    low: float
    high: float
    se_squared: float

    @property
    def excludes_zero(self) -> bool:
        """Whether one of the two is better, for sure."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Chances:
    """Per arm: the mean and deviation of its posterior, P(best), and what choosing it would lose per unit."""

    means: Floats
    sds: Floats
    p_best: Floats
    loss: Floats


def values(m: Measure) -> Floats:
    """The metric of every arm; nan without units."""
    units = m.units.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = (m.total.sum(axis=0) - m.cost.sum(axis=0)) / units
    return found


def variances(m: Measure) -> Floats:
    """The variance of a single unit's value, per arm; nan below two units."""
    units, total = m.units.sum(axis=0), m.total.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.maximum(m.squared - total**2 / units, 0) / (units - 1)
    return np.where(units > 1, found, np.nan)


def family_level(arms: int) -> float:
    """The level of each pair's interval so that all pairs hold together at LEVEL (Bonferroni)."""
    return 1 - (1 - LEVEL) / max(1, arms * (arms - 1) // 2)


def lift(m: Measure, arm: int, other: int) -> Lift | None:
    """Arm minus other; None below HITS_MIN of either."""
    if min(m.hits[arm], m.hits[other]) < HITS_MIN:
        return None
    units, value = m.units.sum(axis=0), values(m)
    single = variances(m) / units
    se_squared = float(single[arm] + single[other]) * overdispersion(m, arm, other)
    both = float(units[arm] + units[other])
    tuned = TUNED_AT["impressions" if m.metric == "ctr" else "clicks"]
    found = confidence_sequence(value[arm] - value[other], se_squared, both, tuned, family_level(len(units)))
    return Lift(float(found.value[0]), float(found.low[0]), float(found.high[0]), se_squared)


def overdispersion(m: Measure, arm: int, other: int) -> float:
    """How many times the variance of single units the difference has, judged by its days; at least 1.

    Days are clusters: Σ_d u_d² D/(D − 1) with u_d = r_arm,d/N_arm − r_other,d/N_other and r what a day brought beyond
    its units times the arm's mean (linearised ratio; Deng, Knoblich and Lu 2018, KDD). Few days tell it badly, and are
    made up for by Student's t with D − 1 degrees of freedom over the normal quantile. A single day tells nothing.
    """
    units, total = m.units.sum(axis=0), m.total.sum(axis=0)
    days = int((m.units[:, [arm, other]].sum(axis=1) > 0).sum())
    if days < 2:
        return 1.0
    beyond = (m.total - m.units * (total / np.maximum(units, 1))) / np.maximum(units, 1)
    apart = beyond[:, arm] - beyond[:, other]
    single = variances(m) / units
    expected = float(single[arm] + single[other])
    few = float(special().stdtrit(days - 1, 0.5 + LEVEL / 2)) / quantile(LEVEL)
    between = float((apart**2).sum()) * days / (days - 1) * few**2
    return max(1.0, between / expected) if expected > 0 else 1.0


def relative(m: Measure) -> tuple[Floats, Floats, float]:
    """(estimates, variances, base): every arm's difference from the mean of all, in parts of `base`.

    `base` is what a unit brings. Widened by the spread between days. nan where an arm has fewer than HITS_MIN.
    """
    units, value = m.units.sum(axis=0), values(m)
    told = m.hits >= HITS_MIN
    if told.sum() < 2:
        return np.full(len(units), np.nan), np.full(len(units), np.nan), np.nan
    base = float(m.total.sum(axis=0)[told].sum() / units[told].sum())
    first = int(np.flatnonzero(told)[0])
    wide = max(overdispersion(m, first, int(other)) for other in np.flatnonzero(told)[1:])
    middle = float((value * units)[told].sum() / units[told].sum())
    estimate = np.where(told, (value - middle) / base, np.nan)
    return estimate, np.where(told, variances(m) / units * wide / base**2, np.nan), base


def spread_of(estimates: Floats, variances_: Floats) -> float:
    """How much arms differ, relative to their mean: learned over all experiments of a metric where enough arms tell."""
    if np.isfinite(estimates).sum() < PRIOR_ARMS_MIN:
        return PRIOR_SD**2
    return normal_prior(estimates, variances_)[1]


def chances(m: Measure, spread: float) -> Chances:
    """Of all arms together; `spread` is the variance between arms of `spread_of`. All nan where fewer than two tell.

    An arm below HITS_MIN is what arms usually are: it may still be the best. One that was never seen is nan.
    """
    estimate, variance, base = relative(m)
    means, sds = posterior(estimate, variance, (0.0, spread))
    seen = (m.units.sum(axis=0) > 0) & np.isfinite(base)
    means, sds = np.where(seen, means * base, np.nan), np.where(seen, sds * abs(base), np.nan)
    return Chances(means, sds, p_best(means, sds), expected_loss(means, sds))


def times_to_decide(m: Measure, pair: Lift, units: float, found: Chances, leader: int, loss_max: float) -> float:
    """How many times the units of now until the pair's interval excludes 0, or choosing the leader loses little, if all
    stays as it is; inf beyond a thousand times."""
    tuned = TUNED_AT["impressions" if m.metric == "ctr" else "clicks"]
    seen = confidence_sequence(pair.value, pair.se_squared / _FACTORS, units * _FACTORS, tuned,
                               family_level(m.units.shape[1]))  # fmt: skip
    enough = (seen.low > 0) | (seen.high < 0)
    first = float(_FACTORS[int(np.argmax(enough))]) if enough.any() else np.inf
    for factor in _FACTORS[first > _FACTORS][::6]:
        if expected_loss(found.means, found.sds / np.sqrt(factor))[leader] <= loss_max:
            return float(factor)
    return first
