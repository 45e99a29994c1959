"""This module owns how the difference of two creatives grows day by day, with limits that hold at every look."""

from dataclasses import dataclass

import numpy as np

from analytics.compare.shared import between_days, variance_per_click
from analytics.inference.evidence import confidence_sequence
from analytics.inference.interval import LEVEL, Floats, Interval

HITS_MIN = 20  # clicks with money of each: below, a mean is not nearly normal
TUNED_AT = 5_000.0  # clicks at which the limits are sharpest; chosen beforehand


@dataclass(frozen=True, slots=True)
class Side:
    """One creative by day: clicks, their money, its squares, clicks that paid, what a click cost. Of one length."""

    clicks: Floats
    value: Floats
    squared: Floats
    converted: Floats
    cost_per_click: Floats


def growing(first: Side, second: Side, pairs: int = 1) -> Interval:
    """Net per click of the second less that of the first, of all days up to each; nan before the first common day.

    Days on which both have clicks count, each by n₁n₂/(n₁ + n₂) clicks, so that a good day helps neither. Limits: an
    asymptotic confidence sequence (`evidence`), widened where days differ by more than chance, at the level that all
    `pairs` hold together (Bonferroni); nan until both have HITS_MIN clicks with money.
    """
    n1, n2 = first.clicks, second.clicks
    both = (n1 > 0) & (n2 > 0)
    one, two = np.where(both, n1, 1.0), np.where(both, n2, 1.0)
    weight = np.where(both, one * two / (one + two), 0.0)
    apart = np.where(both, second.value / two - second.cost_per_click - first.value / one + first.cost_per_click, 0.0)
    so_far = np.cumsum(weight)
    known = so_far > 0
    whole = np.where(known, so_far, 1.0)
    value = np.where(known, np.cumsum(weight * apart) / whole, np.nan)
    single = variance_per_click(*(np.array([getattr(side, name).sum() for side in (first, second)])
                                  for name in ("value", "squared", "converted", "clicks")))  # fmt: skip
    noise = weight**2 * (single[0] / one + single[1] / two)
    variance = np.cumsum(noise) / whole**2 * _wide(both, weight, apart, noise)
    clicks = np.cumsum(np.where(both, n1 + n2, 0.0))
    told = known & (np.cumsum(first.converted) >= HITS_MIN) & (np.cumsum(second.converted) >= HITS_MIN)
    if not told.any():
        nothing = np.full(len(n1), np.nan)
        return Interval(value, nothing, nothing)
    found = confidence_sequence(value, np.where(told, variance, np.nan), clicks, TUNED_AT, 1 - (1 - LEVEL) / pairs)
    return Interval(value, found.low, found.high)


def _wide(both: np.ndarray, weight: Floats, apart: Floats, noise: Floats) -> float:
    """How much more than by chance the common days differ, at least 1."""
    if both.sum() < 2 or not noise.sum() > 0:
        return 1.0
    mean = float((weight * apart).sum() / weight.sum())
    return max(1.0, between_days(np.arange(len(both))[both].astype(float), (weight * (apart - mean))[both])
               / float(noise.sum()))  # fmt: skip
