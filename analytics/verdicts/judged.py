"""This module owns the judgement: which word each creative gets, of today's evidence and of yesterday's word.

A claim of two parts (meets its target and beats the rest; misses it and is worse) has the smaller of both evidences:
that is valid against "not both". The list of a scope's creatives is controlled by e-BH, winners and cuts with half of
the error rate each. To leave a state takes the reverse: a winner stays until it more probably than not fails in one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.inference.interval import Floats, Masks
from analytics.verdicts.days import Ints
from analytics.verdicts.grouped import e_bh
from analytics.verdicts.inferred import Inferred
from analytics.verdicts.thresholds import Thresholds
from analytics.verdicts.words import CODES, CUT, NEEDS_WORK, PROMISING, WHYS, WINNER

BY_CHANCE, BY_CHANCE_STAYS = (
    0.05,
    0.15,
)  # fewer than these of the creatives that meet their target would have so little by now
Words = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Known:
    """What else is known of each unit. `before`: yesterday's word, or ''; `faded`: 0 no, 1 yes, 2 and below target."""

    scope: Ints
    scopes: int
    no_text: Masks
    faded: Ints
    before: Words


@dataclass(frozen=True, slots=True)
class Judged:
    """Per unit why (a code of WHYS), the word, and the p's as they are told: nan where nothing can be compared."""

    why: Ints
    word: Words
    p_meets: Floats
    p_beats: Floats
    priced: Masks


def judge(found: Inferred, known: Known, limits: Thresholds) -> Judged:
    """The word of every unit."""
    m = found.sums
    of_scope = np.bincount(known.scope, m.cost, known.scopes)[known.scope]
    priced = of_scope > 0
    p_meets = np.where(priced & (m.cost > 0), found.level.above, np.nan)
    p_beats = np.where(found.alone | (m.clicks <= 0), np.nan, found.apart.above)
    judgeable = priced & (m.cost > 0) & (m.cost_allocated <= limits.allocated_share_max * m.cost) & ~known.no_text
    won = _won(found, known, limits, judgeable, p_meets, p_beats)
    lost = _lost(found, known, limits, judgeable, p_meets, p_beats)
    why = _probable(found, known, limits, p_meets, p_beats, priced)
    nothing = ~(m.value > 0)
    short = (
        ~found.enough
        & judgeable
        & (found.by_chance <= np.where(known.before == NEEDS_WORK, BY_CHANCE_STAYS, BY_CHANCE))
    )
    worthless = nothing & judgeable & np.isnan(found.times) & (m.clicks >= limits.clicks_min)
    unpriced = priced & (m.cost <= 0) & (m.clicks >= limits.clicks_min)
    for rows, name in (
        (~found.enough, "few"), (short, "short"), (short & nothing, "none_yet"), (worthless, "nothing"),
        (m.clicks + m.cost <= 0, "maturing"), (won == 1, "proven"), ((won == 1) & found.alone, "proven_alone"),
        (won == 2, "stays_winner"), (found.enough & (known.faded == 1), "faded"),
        (found.enough & (known.faded == 2), "faded_below"), (lost == 2, "stays_cut"), (lost == 1, "failed"),
        ((lost == 1) & found.alone, "failed_alone"), ((lost == 1) & nothing, "failed_without"),
        ((m.cost > 0) & (m.cost_allocated > limits.allocated_share_max * m.cost), "allocated"),
        (unpriced, "no_cost"), (known.no_text, "no_text"),
    ):  # fmt: skip
        why[rows] = CODES[name]
    return Judged(why, np.array(list(WHYS.values()))[why], p_meets, p_beats, priced)


def _won(f: Inferred, known: Known, limits: Thresholds, judgeable: Masks, meets: Floats, beats: Floats) -> Ints:
    """1 where the evidence of today makes it a winner, 2 where it was one and nothing speaks against it, else 0."""
    possible = judgeable & (f.net.value >= 0)
    log_e = np.where(f.alone, f.target.above, np.minimum(f.target.above, f.rest.above))
    proven = e_bh(np.where(possible & f.enough, log_e, -np.inf), f.listed, known.scope, known.scopes,
                  limits.error_rate / 2)  # fmt: skip
    stays = possible & (known.before == WINNER) & (meets >= limits.reversed)
    return np.where(proven, 1, np.where(stays & (np.isnan(beats) | (beats >= limits.reversed)), 2, 0))


def _lost(f: Inferred, known: Known, limits: Thresholds, judgeable: Masks, meets: Floats, beats: Floats) -> Ints:
    """The same of a cut. To have none, or a fraction, of what its spend asks for is evidence with few conversions."""
    possible = judgeable & (f.net.value < 0) & (f.sums.clicks > 0)
    log_e = np.where(f.alone, f.target.below, np.minimum(f.target.below, f.rest.below))
    told = f.enough | ~(f.sums.value > 0) | (f.times >= f.sums.converted + f.short)
    proven = e_bh(np.where(possible & told, log_e, -np.inf), f.listed, known.scope, known.scopes, limits.error_rate / 2)
    stays = judgeable & (known.before == CUT) & (f.sums.clicks > 0) & ~(meets > limits.reversed)
    return np.where(proven, 1, np.where(stays & ~(beats > limits.reversed), 2, 0))


def _probable(f: Inferred, known: Known, limits: Thresholds, meets: Floats, beats: Floats, priced: Masks) -> Ints:
    """Between winner and cut: what is probable. Where no cost is known, by the comparison alone."""
    was_promising, was_behind = known.before == PROMISING, known.before == NEEDS_WORK
    wanted = np.where(was_promising, limits.promising_stays, limits.promising)
    missed = np.where(was_behind, limits.needs_work_stays, limits.needs_work)
    level = np.where(priced, meets, beats)
    likely = (level >= wanted) & (np.isnan(beats) | (beats >= wanted))
    behind = np.where(
        priced, meets < missed, beats < 1 - np.where(was_behind, limits.promising_stays, limits.promising)
    )
    # A scope that misses its target as a whole is not one ad's fault.
    whole = np.bincount(known.scope, f.sums.value - f.sums.asked, known.scopes)[known.scope] < 0
    alike = priced & whole & ~f.alone & (beats > 1 - limits.promising)
    why = np.where(likely, CODES["likely"], CODES["between"])
    failing = np.where(alike, CODES["campaign"], CODES["behind"])
    failing = np.where(priced & (f.net.value >= 0), np.where(f.alone, CODES["between"], CODES["lucky"]), failing)
    return np.where(behind, failing, why)
