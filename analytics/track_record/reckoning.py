"""This module owns the reckoning: of how many verdicts the claim held, how sure that is, and what was promised."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.inference.interval import LEVEL, Floats, Masks, quantile, special
from analytics.inference.proportions import wilson
from analytics.track_record.after import After
from analytics.verdicts.days import Ints
from analytics.verdicts.words import CUT, NEEDS_WORK, PROMISING, WINNER

JUDGED_MIN = 10
CONVERSIONS_MIN = (
    5.0  # to be expected of the clicks after: with fewer the side that came out is chance, and far from normal
)
CLUSTERS_MIN = 5  # of fewer nobody can tell how much its verdicts have in common
OVER, NOT_YET, GONE, OTHER, STOPPED, FEW = range(6)  # a verdict that can be judged, and why one cannot
BEATS, TRAILS, MEETS, MISSES = "beats_scope", "trails_scope", "meets_target", "misses_target"
# What each word says about its creative; the others claim nothing that the days after could refute.
CLAIMED = {WINNER: (BEATS, MEETS), PROMISING: (BEATS, MEETS), NEEDS_WORK: (MISSES,), CUT: (TRAILS, MISSES)}
ALL = "over 50 %"
# (what, certainty above, up to)
BINS = (("50–80 %", 0.5, 0.8), ("80–95 %", 0.8, 0.95), ("95–99 %", 0.95, 0.99), ("over 99 %", 0.99, 1.0))
FITS, TOO_SURE, TOO_CAUTIOUS = "fits", "too_sure", "too_cautious"
Words = NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Said:
    """Arrays over verdicts of one window: on which day, about whom, where, with which certainties and posteriors (mean,
    sd) of the net per click: `ahead` above the rest of the scope, `net` above the target. nan: not said."""

    day: Ints
    creative: Ints
    scope: Ints
    word: Words
    p_beats: Floats
    ahead: Floats
    ahead_sd: Floats
    p_meets: Floats
    net: Floats
    net_sd: Floats


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one kind of claim. `said` = judged + the five that could not be; nan where too few were judged."""

    claim: str
    what: str
    said: int
    said_first: int
    said_last: int
    judged: int
    creatives: int
    not_mature_yet: int
    stopped_running: int
    too_few_clicks: int
    scope_gone: int
    other_objective: int
    held: int
    share: float
    low: float
    high: float
    expected: float
    independent: float

    @property
    def calibration(self) -> str | None:
        """Whether what was promised lies in the interval of what held; None where too few were judged."""
        if self.judged < JUDGED_MIN:
            return None
        return TOO_SURE if self.expected > self.high else TOO_CAUTIOUS if self.expected < self.low else FITS


@dataclass(frozen=True, slots=True)
class _Question:
    """One of the two questions, for all verdicts: the certainty of yes, whether yes came, how probable that was."""

    certainty: Floats
    state: Ints
    came: Masks
    foreseen: Floats
    yes: str
    no: str


def reckon(said: Said, state: Ints, after: After, clicks_min: float) -> list[Row]:
    """Rows per claim and word, and per claim and certainty; only those of which something was said.

    `state` is OVER, NOT_YET, GONE or OTHER; `after` counts where it is OVER.
    """
    return [row for question in _questions(said, state, after, clicks_min) for row in _answered(said, question)]


def _questions(said: Said, state: Ints, after: After, clicks_min: float) -> Iterator[_Question]:
    with np.errstate(divide="ignore", invalid="ignore"):
        ahead = said.ahead / np.sqrt(said.ahead_sd**2 + after.ahead_variance)
        value = np.maximum(said.net + after.asked, 0.0)
        net = said.net / np.sqrt(said.net_sd**2 + after.net_noise * value)
    beside, whole = (_state(state, after, clicks, clicks_min) for clicks in (after.compared, after.clicks))
    told = np.isfinite(said.ahead) & np.isfinite(said.ahead_sd)
    yield _Question(np.where(told, said.p_beats, np.nan), beside, after.ahead > 0, special().ndtr(ahead), BEATS, TRAILS)
    told = np.isfinite(said.net) & np.isfinite(said.net_sd)
    yield _Question(np.where(told, said.p_meets, np.nan), whole, after.net > 0, special().ndtr(net), MEETS, MISSES)


def _state(state: Ints, after: After, clicks: Floats, clicks_min: float) -> Ints:
    enough = (clicks >= clicks_min) & (clicks * after.conversions >= CONVERSIONS_MIN)
    over = np.where(after.clicks > 0, np.where(enough, OVER, FEW), STOPPED)
    return np.where(state == OVER, over, state)


def _answered(said: Said, question: _Question) -> Iterator[Row]:
    told = np.isfinite(question.certainty)
    is_yes = question.certainty >= 0.5
    certainty = np.where(is_yes, question.certainty, 1 - question.certainty)
    for claim, side in ((question.yes, is_yes), (question.no, ~is_yes)):
        for word, claims in CLAIMED.items():
            if claim in claims:
                yield from _counted(said, question, claim, word, told & (said.word == word))
        for what, above, to in BINS:
            within = (certainty > above) & (certainty <= to) | (certainty == above) & (above == BINS[0][1])
            yield from _counted(said, question, claim, what, told & side & within)
        yield from _counted(said, question, claim, ALL, told & side)


def _counted(said: Said, question: _Question, claim: str, what: str, rows: Masks) -> Iterator[Row]:
    if not rows.any():
        return
    counts = np.bincount(question.state[rows], minlength=6)
    judged = rows & (question.state == OVER)
    came, foreseen = question.came[judged], question.foreseen[judged]
    held = came if claim == question.yes else ~came
    expected = foreseen if claim == question.yes else 1 - foreseen
    creative, scope = said.creative[judged], said.scope[judged]
    about = len(np.unique(np.column_stack([creative, scope]), axis=0)) if len(creative) else 0
    share = low = high = promised = alone = float("nan")
    if len(held) >= JUDGED_MIN:
        # A campaign that misses its target as a whole is one surprise; to beat each other is nothing they can share.
        alone = independent(held, expected, [creative] if question.yes == BEATS else [creative, scope])
        found = wilson(held.mean() * alone, alone)
        share, low, high = float(held.mean()), found.low.item(), found.high.item()
        promised = float(expected.mean())
    days = said.day[rows]
    yield Row(
        claim, what, int(rows.sum()), int(days.min()), int(days.max()), int(counts[OVER]), about,
        int(counts[NOT_YET]), int(counts[STOPPED]), int(counts[FEW]), int(counts[GONE]), int(counts[OTHER]),
        int(held.sum()), share, low, high, promised, alone,
    )  # fmt: skip


def independent(held: Masks, foreseen: Floats, clusters: Sequence[Ints]) -> float:
    """How many independent verdicts say as much as these: n over the design effect of the worst of the clusterings.

    The design effect (Rao and Scott 1992, Biometrics 48:577), at least 1: how much more than single verdicts clusters
    of them differ in what held beyond what was `foreseen`, widened by Student's t where there are few. In fewer than
    CLUSTERS_MIN, or where all or none held, that cannot be measured: each cluster then counts as one (Kish 1965).
    """
    n, surprise = len(held), held - foreseen
    surprise = surprise - surprise.mean()
    single = float((surprise**2).sum())
    effects = [1.0]
    for cluster in clusters:
        _, index = np.unique(cluster, return_inverse=True)
        size = np.bincount(index).astype(float)
        many = len(size)
        if many < CLUSTERS_MIN or held.all() or not held.any():
            effects.append(float((size**2).sum() / n))
        elif many < n:
            between = float((np.bincount(index, surprise) ** 2).sum()) * many / (many - 1)
            wider = float(special().stdtrit(many - 1, (1 + LEVEL) / 2)) / quantile(LEVEL)
            effects.append(between / single * wider**2)
    return n / max(effects)
