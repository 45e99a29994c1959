"""This module owns what is known of each creative: its net per click, how sure, and evidence that survives looking.

Two kinds of statement, never confused. p's are hierarchical posteriors of today's sums: calibrated, for what is
probable. log e's are evidence against one null each, valid over all days, looks and lists together: for what is sure.
"""

from dataclasses import dataclass, replace

import numpy as np

from analytics.inference import evidence, money
from analytics.inference.interval import Floats, Interval, Masks, special
from analytics.verdicts.days import Days, Measures
from analytics.verdicts.grouped import UNKNOWN, Dispersion, Posteriors, overdispersion, posteriors
from analytics.verdicts.spread import Spread, spread_of

DISPERSION_DAYS = 28
BETWEEN = 0.25  # creatives of a scope differ by about a quarter of what a click brings: the scale of the prior of τ
TUNED_AT = 60.0  # conversions at which evidence is sharpest; sharper for more would come too late, for fewer too weak


@dataclass(frozen=True, slots=True)
class Least:
    """What the inference needs of the thresholds: the smallest sample, and the smallest share that is compared."""

    clicks: float
    compared_share: float


@dataclass(frozen=True, slots=True)
class Test:
    """A score with its null variance, where evidence on it is sharpest, and the evidence for and against it in logs."""

    score: Floats
    variance: Floats
    tuning: Floats
    step: Floats
    above: Floats
    below: Floats


@dataclass(frozen=True, slots=True)
class Inferred:
    """Arrays over units; nan is unknown. The net per click in the money of the target."""

    sums: Measures
    net: Interval
    level: Posteriors  # of the net per click
    apart: Posteriors  # of what it is above its scope, per click on common support
    effect: Floats  # the same as it was seen, and its standard error
    effect_se: Floats
    target: Test  # `above`: it meets its target; `below`: it misses it
    rest: Test  # `above`: it beats the rest of its scope; `below`: it is worse
    start: Floats  # log weight of evidence that begins with this window; it is in `above` and `below` already
    alone: Masks  # nobody to be compared with
    enough: Masks  # above the minimum sample
    listed: Masks  # one of those among which winners and cuts are looked for
    compared_share: Floats
    overdispersion: Floats
    times: Floats  # how many conversions the target asks for what was spent
    by_chance: Floats  # P(no more came than did), had it met its target
    short: Floats  # conversions that the minimum sample lacks
    pace: Floats  # conversions per click in its scope
    one_day: Masks  # all there is is of one day


def dispersion(days: Days, last: int) -> tuple[Dispersion, Dispersion]:
    """Per scope, over its last days: how much more than by chance days differ, (of the level, of the comparison)."""
    recent = days.only((days.day > last - DISPERSION_DAYS) & (days.day <= last))
    m, unit = recent.measures, recent.unit
    clicks, squares = (np.bincount(unit, each, days.units)[unit] for each in (m.clicks, m.capped_squared))
    expected = m.clicks * squares / np.where(clicks > 0, clicks, 1.0)
    return (
        overdispersion(m.capped, expected, unit, days.scope, days.scopes, days.step / 2),
        overdispersion(m.score, m.variance, unit, days.scope, days.scopes, days.step / 2),
    )


def infer(days: Days, first: int, last: int, least: Least, dispersed: tuple[Dispersion, Dispersion]) -> Inferred:
    """Everything about each unit over the days `first` to `last`; `dispersed` is what `dispersion` answers."""
    m, scope = days.window(first, last), days.scope
    spread = spread_of(m, scope, days.scopes, days.step, days.worth)
    of_level, of_score = (each.seen[scope] for each in dispersed)
    sure_level, sure_score = (each.sure[scope] for each in dispersed)
    n = np.where(m.clicks > 0, m.clicks, np.nan)
    share = m.clicks_compared / np.where(m.clicks > 0, m.clicks, 1.0)
    alone = (m.rest_compared < least.clicks) | (share < least.compared_share)
    compared = np.where(alone, np.nan, m.clicks_compared)
    start = _start(days, first, last)
    rest = _against_rest(m, spread, sure_score, start)
    net, net_variance = (m.value - m.asked) / n, of_level * variance_per_click(m, spread) / n
    effect = m.score / compared
    effect_se = np.sqrt(of_score * np.maximum(m.variance, m.variance_apart)) / compared
    whole, whole_se = m.score_whole / compared, np.sqrt(of_score * m.variance_whole) / compared
    between = BETWEEN * _of_scope(spread.per_click, days) + _costs_apart(m, days)
    by_strata, by_days = (
        posteriors(seen, se**2, scope, days.scopes, between, centred=True)
        for seen, se in ((effect, effect_se), (whole, whole_se))
    )
    times = np.maximum(m.asked, 0.0) / np.where(spread.size > 0, spread.size, np.nan)
    return Inferred(
        m, _interval(m, spread, of_level), posteriors(net, net_variance, scope, days.scopes, between),
        replace(by_strata, above=_less_sure(by_strata.above, by_days.above)), effect, effect_se,
        _against_target(m, spread, sure_level, start), rest, start, alone,
        (m.clicks >= least.clicks) & (m.converted >= spread.least), (m.clicks >= least.clicks) | (times >= 1), share,
        np.maximum(of_level, of_score), times, _by_chance(m, spread, times), spread.least - m.converted, spread.pace,
        sure_level >= UNKNOWN,
    )  # fmt: skip


def _against_target(m: Measures, spread: Spread, phi: Floats, start: Floats) -> Test:
    """Above: capped money, which is no more than the real, so that one lucky order makes no winner. Below: what came of
    what the target asks, as a Poisson count of its size; without any conversion, too."""
    asked = np.maximum(m.asked, 0.0)
    score, step = m.capped - m.asked, phi * spread.step
    variance = phi * np.maximum(asked * spread.capped_size, m.capped_squared)
    tuning = phi * TUNED_AT * spread.capped_size**2
    size = np.where(spread.size > 0, phi * spread.size, np.nan)
    below = evidence.poisson_log_e(np.maximum(m.value, 0.0) / size, asked / size)
    return Test(score, variance, tuning, step, start + evidence.log_e(score, variance, tuning, step), start + below)


def _against_rest(m: Measures, spread: Spread, phi: Floats, start: Floats) -> Test:
    """The permutation's variance holds where both are alike, the other where costs differ and so must the values.
    Sure is only what is so by strata and by whole days: the smaller of both is evidence against either null."""
    variance, tuning = phi * np.maximum(m.variance, m.variance_apart), phi * TUNED_AT * spread.capped_size**2
    step = phi * spread.step
    # Below a creative's own count no click takes away more than it was expected to bring, which is next to nothing.
    above, below = evidence.log_e(m.score, variance, tuning, step), evidence.log_e(-m.score, variance, tuning)
    score, whole = m.score_whole, phi * m.variance_whole
    above = np.minimum(above, evidence.log_e(score, whole, tuning, step))
    below = np.minimum(below, evidence.log_e(-score, whole, tuning))
    return Test(m.score, variance, tuning, step, start + above, start + below)


def _less_sure(p: Floats, other: Floats) -> Floats:
    """Of two probabilities of one claim that nearer to one half, which is said where they disagree."""
    both = np.where(p > 0.5, np.minimum(p, np.maximum(other, 0.5)), np.maximum(p, np.minimum(other, 0.5)))
    return np.where(np.isnan(other), p, both)


def variance_per_click(m: Measures, spread: Spread) -> Floats:
    """Of one click's money: with one conversion more, at the scope's rate, so that none at all is not certainty; and
    what missed its target as if it had met it, since few and small amounts also look more alike than they are."""
    size = np.where(spread.size > 0, spread.size, np.nan)
    return (np.maximum(m.value, m.asked) + size) / (m.clicks + size / spread.per_click) * size


def _by_chance(m: Measures, spread: Spread, times: Floats) -> Floats:
    """Of a Poisson count where `times` were asked for; as uncertain amounts as the scope's are fewer conversions."""
    came = np.maximum(m.value, 0.0) / np.where(spread.size > 0, spread.size, np.nan)
    found: Floats = special().gammaincc(came + 1, times)
    return np.where(np.isnan(found), 1.0, found)


def _interval(m: Measures, spread: Spread, phi: Floats) -> Interval:
    found = money.per_click(m.value, m.value_squared, m.clicks, m.converted, spread.shape)
    asked, wide = m.asked / np.where(m.clicks > 0, m.clicks, np.nan), np.sqrt(phi)
    low, high = found.value - (found.value - found.low) * wide, found.value + (found.high - found.value) * wide
    return Interval(found.value - asked, low - asked, high - asked)


def _start(days: Days, first: int, last: int) -> Floats:
    """The log weight of evidence from this window's first day on: the day's number in the creative's life."""
    oldest = int(days.day.min(initial=last))
    logs = np.log(evidence.start_weights(max(1, last - oldest + 2)))
    return np.asarray(logs[np.clip(first - days.first_days(), 0, len(logs) - 1)])


def _costs_apart(m: Measures, days: Days) -> Floats:
    """Per scope, how far what is asked of a click differs between its creatives: so far their nets may, too."""
    asked, clicks = (np.bincount(days.scope, each, days.scopes) for each in (m.asked, m.clicks))
    expected = m.clicks * (asked / np.where(clicks > 0, clicks, 1.0))[days.scope]
    apart = np.bincount(days.scope, np.where(m.clicks > 0, np.abs(m.asked - expected), 0.0), days.scopes)
    return np.asarray(apart / np.where(clicks > 0, clicks, 1.0))


def _of_scope(of_unit: Floats, days: Days) -> Floats:
    """A number that all units of a scope share, per scope."""
    found = np.zeros(days.scopes)
    found[days.scope] = of_unit
    return found
