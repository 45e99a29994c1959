"""This module owns who is the best of exactly these creatives, on what they share: clicks of one place and day.

Creatives seldom run side by side, so each is held against the others only where all of them have clicks (the stratum: a
day, a network, a country, a device), and every stratum weighs as much as its rarest creative can say: 1 / Σ 1/n, the
weights of the smallest variance (overlap weights; Li, Morgan and Zaslavsky 2018, JASA 113:390). That takes away what
days and places do to a click, and nothing else: observational.
"""

from dataclasses import dataclass

import numpy as np

from analytics.inference import best, money
from analytics.inference.interval import LEVEL, Floats, Masks, floats, quantile, special

UNKNOWN_SPREAD = 2.0  # E[v²]/E[v]² where no two conversions were seen yet: about that of an exponential law
SHARE_MIN = 0.05  # of its clicks: a creative with less in common with the others is not compared


@dataclass(frozen=True, slots=True)
class Strata:
    """Clicks, what they brought and what a click cost: (strata, creatives), and the day of each stratum as a number.

    `squared` and `converted` are sums per creative over all of its clicks.
    """

    day: Floats
    clicks: Floats
    value: Floats
    cost_per_click: Floats
    squared: Floats
    converted: Floats


@dataclass(frozen=True, slots=True)
class Shared:
    """Per creative: net per click where all have clicks, its limits, P(best), expected loss; nan where not compared.

    `share` is the share of its clicks in common strata, `enough` whether the minimum sample is met.
    """

    net: Floats
    low: Floats
    high: Floats
    p_best: Floats
    loss: Floats
    share: Floats
    enough: Masks
    clicks: Floats


def shared(strata: Strata, clicks_min: float) -> Shared:
    """P(best) and expected loss per click among the creatives of `strata` that have enough to be told apart."""
    n, creatives = strata.clicks, strata.clicks.shape[1]
    common: Masks = np.asarray((n > 0).all(axis=1))
    total, inside = n.sum(axis=0), n[common].sum(axis=0)
    share = np.where(total > 0, inside / np.where(total > 0, total, 1.0), 0.0)
    enough = _enough(strata, inside, share, clicks_min)
    nothing = np.full(creatives, np.nan)
    if not common.any():
        return Shared(nothing, nothing, nothing, nothing, nothing, share, enough, inside)
    net, variance = _standardised(strata, common)
    told = np.where(enough, net, np.nan)
    p_best, loss = best.hierarchical(told, variance) if enough.sum() > 1 else (nothing, nothing)
    half = quantile(LEVEL) * np.sqrt(variance)
    return Shared(net, net - half, net + half, p_best, loss, share, enough, inside)


def variance_per_click(value: Floats, squared: Floats, converted: Floats, clicks: Floats) -> Floats:
    """Of one click's money: as a count of conversions of its size, with one more than came, so that none is no
    certainty; how uneven conversions are is learned of all together."""
    spread = money.spread_of(value, squared, converted)
    own = money.own_spread(value, squared, converted, spread if np.isfinite(spread) else UNKNOWN_SPREAD)
    many, whole, all_clicks = float(converted.sum()), float(np.maximum(value, 0.0).sum()), float(clicks.sum())
    if not many or not whole or not all_clicks:
        return np.full(clicks.shape, np.nan)
    paid = (converted > 0) & (value > 0)
    size = own * np.where(paid, value / np.where(paid, converted, 1.0), whole / many)
    return np.asarray((np.maximum(value, 0.0) + size) / (clicks + size / (whole / all_clicks)) * size)


def between_days(day: Floats, beyond: Floats, scale: float = 1.0) -> float:
    """The variance of a sum of `beyond` (what each row brought above the mean) as its days tell it: Σ_d (Σ beyond)²
    D/(D − 1), made up for few days by Student's t over the normal quantile. 0 where one day tells nothing."""
    _, at = np.unique(day, return_inverse=True)
    sums = np.bincount(at, beyond)
    days = len(sums)
    if days < 2:
        return 0.0
    few = float(special().stdtrit(days - 1, 0.5 + LEVEL / 2)) / quantile(LEVEL)
    return float((sums**2).sum()) * days / (days - 1) * few**2 / scale


def _standardised(strata: Strata, common: Masks) -> tuple[Floats, Floats]:
    """(net per click, variance of it): every creative as if it had had the same mix of strata as the others."""
    n, value, cost = strata.clicks[common], strata.value[common], strata.cost_per_click[common]
    weight = 1 / (1 / n).sum(axis=1)
    whole = float(weight.sum())
    each = value / n - cost
    net = (weight[:, None] * each).sum(axis=0) / whole
    single = variance_per_click(
        strata.value.sum(axis=0), strata.squared, strata.converted, np.maximum(strata.clicks.sum(axis=0), 1.0)
    )
    modelled = single * (weight[:, None] ** 2 / n).sum(axis=0) / whole**2
    seen = [between_days(strata.day[common], weight * (each[:, k] - net[k]), whole**2) for k in range(n.shape[1])]
    return net, np.fmax(modelled, np.where(np.isfinite(modelled), floats(seen)[0], np.nan))


def _enough(strata: Strata, inside: Floats, share: Floats, clicks_min: float) -> Masks:
    value = strata.value.sum(axis=0)
    spread = money.spread_of(value, strata.squared, strata.converted)
    sampled = money.enough(value, strata.squared, strata.converted, spread if np.isfinite(spread) else UNKNOWN_SPREAD)
    return np.asarray(sampled & (inside >= clicks_min) & (share >= SHARE_MIN))
