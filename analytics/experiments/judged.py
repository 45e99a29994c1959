"""This module owns the judgement of an experiment: its sums per day in, one row per arm out, with decision and reason.

The order of what is asked: has it begun, do the shares hold, is one arm better for sure, does the choice still matter,
is it over. The intervals and the sequential test hold at every look, so it may be stopped on any day.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from analytics.experiments import lift, words
from analytics.experiments.lift import Chances, Lift
from analytics.experiments.measured import Goal, Measure, Sums, is_seen, measure, metric_of, unit_of
from analytics.inference.interval import LEVEL, Floats, Masks, quantile
from analytics.inference.mismatch import Mismatch, mismatch
from analytics.inference.proportions import wilson

LOSS_SHARE = 0.01  # of what a unit brings: a choice that loses less on average needs no more traffic
_EPOCH = date(1970, 1, 1)
PLANNED, RUNNING, ENDED = "planned", "running", "ended"
WINNER, NO_DIFFERENCE, TOO_LITTLE, KEEP, NO_TRUST = (
    "winner", "no difference found", "too little to tell", "keep running", "do not trust: sample ratio mismatch",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of an experiment besides its sums, as of the last closed day `through`; arms in order.

    `mature` is the last day whose money is settled.
    """

    experiment: str
    arms: tuple[str, ...]
    creative_ids: tuple[str | None, ...]
    ad_ids: tuple[str | None, ...]
    shares: tuple[float, ...]
    scope: tuple[str | None, str | None, str | None]
    first_day: date
    last_day: date | None
    unit: str | None
    metric: str | None
    through: date
    mature: date

    @property
    def status(self) -> str:
        """By the day after `through`, which is still running."""
        if self.first_day > self.through:
            return PLANNED
        return ENDED if self.last_day is not None and self.last_day <= self.through else RUNNING

    def is_whole(self, metric: str) -> bool:
        """Whether it has ended, and the metric is settled for its last day."""
        return self.status == ENDED and (metric == "ctr" or self.last_day is None or self.last_day <= self.mature)

    @property
    def twins(self) -> tuple[str, str] | None:
        """Two arms that count as one creative by now (merged), or a creative and an ad that shows it, if there are."""
        seen: dict[str, tuple[str, str | None]] = {}
        for text, creative_id, ad_id in zip(self.arms, self.creative_ids, self.ad_ids, strict=True):
            if creative_id is None:
                continue
            other, other_ad = seen.setdefault(creative_id, (text, ad_id))
            if other != text and (ad_id is None or other_ad is None):
                return other, text
        return None


@dataclass(frozen=True, slots=True)
class Judged:
    """An experiment with everything that was inferred of it; `best` is the arm with the highest posterior mean.

    `ratio` is of the arms that have units; one without them was `seen` in another way, or never. `found` is the day on
    which the shares were surely off.
    """

    told: Told
    unit: str
    counts: Floats
    seen: Masks
    ratio: Mismatch
    found: date | None
    measure: Measure
    lifts: tuple[Lift | None, ...]
    chances: Chances
    loss_max: float
    best: int | None
    decision: str | None
    units_needed: int | None


def measured(told: Told, sums: Sums, goal: Goal) -> Measure:
    """The metric of an experiment: what `spread` is learned from, and `judge` judges."""
    return measure(sums, metric_of(sums, told.metric), goal)


def judge(told: Told, sums: Sums, m: Measure, spread: float) -> Judged:
    """The judgement, from `measured` and the variance between arms of `lift.spread_of`."""
    unit, counts = unit_of(sums, told.unit)
    ratio = _ratio(told, counts)
    found = None if ratio.found is None else _EPOCH + timedelta(days=int(sums["day"][ratio.found, 0]))
    arms = range(len(told.arms))
    chances = lift.chances(m, spread)
    estimates, _, base = lift.relative(m)
    told_arms = np.isfinite(estimates)
    loss_max = LOSS_SHARE * abs(base)
    best = int(np.argmax(np.where(told_arms, chances.means, -np.inf))) if told_arms.any() else None
    lifts = tuple(lift.lift(m, arm, 0) if arm else None for arm in arms)
    decision, needed = None, None
    if told.status != PLANNED and told.twins is None and counts.any():
        decision = NO_TRUST if ratio.is_sure else _decision(told, m, chances, loss_max, best)
        if decision == KEEP and best is not None and told.status == RUNNING:
            needed = _needed(counts, m, chances, loss_max, best)
    return Judged(told, unit, counts, is_seen(sums), ratio, found, m, lifts, chances, loss_max, best, decision, needed)


def _ratio(told: Told, counts: Floats) -> Mismatch:
    """Of the arms that have units: one without was misspelt or never began, and the others can be judged."""
    has = counts.sum(axis=0) > 0
    if has.sum() < 2:
        return Mismatch(np.nan, np.nan, False)
    return mismatch(counts[:, has], np.array(told.shares)[has], told.status == ENDED)


def _decision(told: Told, m: Measure, chances: Chances, loss_max: float, best: int | None) -> str:
    """A winner beats the control for sure (as control: every other arm), and choosing it loses next to nothing."""
    others: list[Lift | None] = [None]
    if best is not None:
        settled = bool(chances.loss[best] <= loss_max)
        others = [lift.lift(m, best, other) for other in range(len(told.arms)) if other != best]
        needed = [lift.lift(m, best, 0)] if best and settled else others
        if all(pair is not None and pair.low > 0 for pair in needed):
            return WINNER
        if settled and all(pair is not None for pair in others):
            return NO_DIFFERENCE
    if not told.is_whole(m.metric):
        return KEEP
    return TOO_LITTLE if None in others else NO_DIFFERENCE


def _needed(counts: Floats, m: Measure, chances: Chances, loss_max: float, best: int) -> int | None:
    """About how many more units of the split, to two digits; None where no thousandfold would do."""
    rivals = [arm for arm in range(len(chances.means)) if arm != best and np.isfinite(chances.means[arm])]
    if not rivals:
        return None
    rival = max(rivals, key=lambda arm: float(chances.means[arm]))
    pair = lift.lift(m, best, rival)
    if pair is None:
        return None
    units = float(m.units[:, [best, rival]].sum())
    times = lift.times_to_decide(m, pair, units, chances, best, loss_max)
    if not np.isfinite(times):
        return None
    more = float(counts.sum()) * (times - 1)
    digits = 10 ** max(0, len(str(int(more))) - 2)
    return int(-(-more // digits) * digits)


def rows(j: Judged) -> list[dict[str, Any]]:
    """One row per arm, as the mart `experiments` has it."""
    told, m = j.told, j.measure
    units, measured_units, value = j.counts.sum(axis=0), m.units.sum(axis=0), lift.values(m)
    low, high = _interval(m, value)
    trusted = j.decision not in (None, NO_TRUST)
    said = words.reason(j)
    network, campaign_id, country = told.scope
    found = []
    for arm, text in enumerate(told.arms):
        over = j.lifts[arm] if trusted else None
        found.append({
            "experiment": told.experiment, "arm_number": arm + 1, "arm": text, "creative_id": told.creative_ids[arm],
            "ad_id": told.ad_ids[arm], "is_control": arm == 0, "network": network, "campaign_id": campaign_id,
            "country": country, "first_day": told.first_day, "last_day": told.last_day, "through_day": told.through,
            "status": told.status, "unit": j.unit, "units": int(units[arm]), "share_intended": told.shares[arm],
            "share_actual": _known(units[arm] / units.sum()) if units.sum() else None,
            "srm_p": _known(j.ratio.p), "srm_log_e": _known(j.ratio.log_e), "srm": j.ratio.is_sure,
            "metric": m.metric, "metric_units": int(measured_units[arm]), "value": _known(value[arm]),
            "value_low": _known(low[arm]), "value_high": _known(high[arm]),
            "lift": over and over.value, "lift_low": over and over.low, "lift_high": over and over.high,
            "p_best": _known(j.chances.p_best[arm]) if trusted else None,
            "expected_loss": _known(j.chances.loss[arm]) if trusted else None,
            "loss_max": _known(j.loss_max), "decision": j.decision,
            "winner": j.decision == WINNER and arm == j.best, "units_to_decide": j.units_needed,
            "stop_rule": words.stop_rule(j), "reason": said,
        })  # fmt: skip
    return found


def _interval(m: Measure, value: Floats) -> tuple[Floats, Floats]:
    """The 95 % interval of each arm's own value, for one look."""
    if m.is_proportion:
        found = wilson(m.hits, m.units.sum(axis=0), LEVEL)
        return found.low, found.high
    units = m.units.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        half = quantile(LEVEL) * np.sqrt(lift.variances(m) / units)
    half = np.where(m.hits >= lift.HITS_MIN, half, np.nan)
    return value - half, value + half


def _known(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None
