"""This module owns what would decide: the probable best of a scope, and about how many more clicks it would take."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analytics.inference import best, needed
from analytics.inference.interval import Floats, Masks, quantile
from analytics.verdicts.days import Ints
from analytics.verdicts.inferred import Inferred, Test
from analytics.verdicts.judged import Judged, Known
from analytics.verdicts.thresholds import Thresholds
from analytics.verdicts.words import AVERAGE, NEEDS_WORK, PROMISING, TOO_EARLY, WINNER

CLICKS_MAX = 1e7  # more than that is never, and nobody wants to read it
TIMES_MAX = 20.0  # nor more than twenty times what it has


@dataclass(frozen=True, slots=True)
class Deciding:
    """Per unit: P(best of its scope) and what choosing it loses, nan where not compared; whether it may be the best,
    and among how many; about how many more clicks would decide (nan: none that one could name)."""

    p_best: Floats
    loss: Floats
    in_best: Masks
    rivals: Floats
    clicks: Floats


def decide(found: Inferred, known: Known, judged: Judged, limits: Thresholds) -> Deciding:
    """What is open about every unit."""
    size = len(known.scope)
    p_best, loss, rivals, settled = (np.full(size, np.nan) for _ in range(4))
    in_best = np.zeros(size, dtype=bool)
    compared = found.enough & ~found.alone & np.isfinite(found.effect) & (judged.priced | (found.sums.cost <= 0))
    order = np.flatnonzero(compared)[np.argsort(known.scope[compared], kind="stable")]
    bounds = np.flatnonzero(np.diff(known.scope[order], prepend=-1, append=-1)) if len(order) else np.zeros(0, int)
    for begin, end in pairwise(bounds):
        rows = order[begin:end]
        in_best[rows] = best.not_separable(found.effect[rows], found.effect_se[rows])
        rivals[rows] = in_best[rows].sum() - 1
        settled[rows] = _settling(found, rows[in_best[rows]], rows)
        if 2 <= len(rows) <= best.COMPARED_MAX:
            means, sds = found.apart.mean[rows], found.apart.own_sd[rows]
            p_best[rows], loss[rows] = best.p_best(means, sds), best.expected_loss(means, sds)
    clicks = np.where(judged.word == WINNER, settled, _to_decide(found, known, judged, limits))
    return Deciding(p_best, loss, in_best, rivals, np.where(clicks <= CLICKS_MAX, clicks, np.nan))


def _settling(found: Inferred, among: Ints, rows: Ints) -> Floats:
    """More clicks of each until it is told apart from the nearest of those that may be the best, if all get as many."""
    gap, more = np.abs(found.apart.mean[rows][:, None] - found.apart.mean[among]), np.full(len(rows), np.nan)
    gap[rows[:, None] == among] = np.inf
    if len(among) < 2 or not np.isfinite(gap).any():
        return more
    nearest = gap.argmin(axis=1)
    distance = gap[np.arange(len(rows)), nearest]
    spread = found.effect_se[rows] ** 2 + found.effect_se[among][nearest] ** 2
    with np.errstate(divide="ignore"):
        times = quantile(0.95) ** 2 * spread / distance**2
    there = np.isin(rows, among) & (times > 1) & (times <= TIMES_MAX)
    return np.where(there, needed.two_digits(found.sums.clicks[rows] * (times - 1)), np.nan)


def _to_decide(found: Inferred, known: Known, judged: Judged, limits: Thresholds) -> Floats:
    """More clicks until a winner or a cut is to be expected, or the minimum sample is there; nan where neither is."""
    m, size = found.sums, np.maximum(np.bincount(known.scope, found.listed, known.scopes)[known.scope], 1.0)
    wanted = np.log(2 * size / limits.error_rate) - found.start
    short = np.maximum(limits.clicks_min - m.clicks, _missing(found))
    more = np.where(judged.word == TOO_EARLY, needed.two_digits(short), np.nan)
    level, apart = found.level.mean, np.where(found.alone, found.level.mean, found.apart.mean)
    is_open = np.isin(judged.word, (PROMISING, AVERAGE, NEEDS_WORK)) & judged.priced & (m.clicks > 0)
    for sign in (1.0, -1.0):  # one that meets its target and does not beat the rest stays between, however long it runs
        rows = np.flatnonzero(is_open & (sign * level > 0) & (sign * apart > 0))
        if not len(rows):
            continue
        against_target = _until(found.target, sign, level, m.clicks, wanted, rows)
        against_rest = _until(found.rest, sign, apart, m.clicks, wanted, rows)
        clicks = np.maximum(against_target, np.where(found.alone[rows], 0.0, against_rest))
        more[rows] = np.where(clicks <= TIMES_MAX * m.clicks[rows], clicks, np.nan)
    return more


def _until(test: Test, sign: float, drift: Floats, clicks: Floats, wanted: Floats, rows: Ints) -> Floats:
    step = test.step[rows] if sign > 0 else 0.0
    return needed.clicks_to_decide(
        sign * drift[rows], test.variance[rows] / clicks[rows], wanted[rows], test.tuning[rows],
        sign * test.score[rows], test.variance[rows], step,
    )  # fmt: skip


def _missing(found: Inferred) -> Floats:
    """Clicks until there are the conversions of the minimum sample, at the pace there is."""
    short = np.maximum(found.short, 0.0)
    return np.where(found.pace > 0, short / np.where(found.pace > 0, found.pace, 1.0), np.nan)
