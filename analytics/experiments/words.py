"""This module owns what is said of an experiment: the reason for its decision, and when it may be stopped."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analytics.experiments.judged import Judged

ARM_CHARS_MAX = 48
LOOK_FOR = (
    "Look for: an arm that began later, was paused or rejected; a network that moved traffic by itself instead of by a"
    " split test; pages that lose visitors on one arm; a filter or a tag that counts them otherwise."
)
_NAMES = {
    "net_per_click": "net per click", "profit_per_click": "profit per click", "epc": "EPC", "cvr": "CVR", "ctr": "CTR",
}  # fmt: skip


def reason(j: "Judged") -> str:
    """One sentence or two: what was decided and on which numbers."""
    told = j.told
    if told.status == "planned":
        return f"Begins on {told.first_day}; no closed day yet."
    if told.twins is not None:
        one, other = map(_arm, told.twins)
        return f"{one} and {other} count as the same creative by now: set them apart again, or name other arms."
    if j.decision == "do not trust: sample ratio mismatch":
        return f"{_shares(j)}. {LOOK_FOR}"
    if not j.counts.sum():
        return "None of its arms was seen on its closed days: check their texts, the scope and the dates."
    if j.best is None:
        return _too_few(j)
    return _decided(j)


def stop_rule(j: "Judged") -> str:
    """When the experiment may be stopped, as declared before anything was seen."""
    end = f", or at its end on {j.told.last_day}" if j.told.last_day else "; it has no last day"
    bound = "" if np.isnan(j.loss_max) else f", now {_amount(j, j.loss_max)}"
    return (
        "Stop when the always-valid interval of the leading arm excludes 0, or when choosing it loses on average less"
        f" than 1 % of what {_per(j)} brings{bound}{end}."
    )


def _decided(j: "Judged") -> str:
    best = j.best or 0
    arm, name = _arm(j.told.arms[best]), _NAMES[j.measure.metric]
    value = j.measure.total.sum(axis=0)[best] - j.measure.cost.sum(axis=0)[best]
    has = f"{name} {_amount(j, value / j.measure.units.sum(axis=0)[best])}"
    chance = float(j.chances.p_best[best])
    sure = "P(best) over 99 %" if chance > 0.99 else f"P(best) {chance:.0%}".replace("%", " %")
    over = _over(j, best)
    if j.decision == "winner":
        return f"{arm} wins: {has}, {over}, {sure}."
    if j.decision == "no difference found":
        why = "choosing it loses next to nothing" if j.chances.loss[best] <= j.loss_max else "and it is over"
        return f"No difference was found: {arm} leads with {has}, {over}, {sure}; {why}."
    if j.told.status == "ended":
        return f"{arm} leads with {has}, {over}, {sure}; it is over, and its last days are still maturing."
    if j.units_needed is None:
        return f"{arm} leads with {has}, {over}, {sure}; no traffic that is in sight would settle it."
    return f"{arm} leads with {has}, {over}, {sure}; about {j.units_needed:,} more {j.unit} would settle it."


def _over(j: "Judged", best: int) -> str:
    """The leader's lift: over the control, or the control's over the nearest arm."""
    if best:
        found, than = j.lifts[best], "the control"
    else:
        told = [(each.value, arm) for arm, each in enumerate(j.lifts) if each is not None]
        if not told:
            return "the others not comparable yet"
        at = max(told)[1]
        return f"{_arm(j.told.arms[at])} {_range(j, at)} against it"
    return f"{_range(j, best)} against {than}" if found else "not comparable with the control yet"


def _range(j: "Judged", arm: int) -> str:
    found = j.lifts[arm]
    if found is None:
        return "unknown"
    low, high = (_amount(j, end, signed=True).removesuffix(" points") for end in (found.low, found.high))
    return f"{_amount(j, found.value, signed=True)} ({low} to {high})"


def _too_few(j: "Judged") -> str:
    what = "impressions with a click" if j.measure.metric == "ctr" else "clicks that brought something"
    fewest = int(np.argmin(j.measure.hits))
    return (
        f"Too little: {_arm(j.told.arms[fewest])} has {int(j.measure.hits[fewest]):,} {what}; a comparison needs 20 of"
        " each of two arms."
    )


def _shares(j: "Judged") -> str:
    counts = j.counts.sum(axis=0)
    parts = [
        f"{_arm(arm)} got {count / counts.sum():.1%} of the {j.unit} instead of {share:.1%}".replace("%", " %")
        for arm, count, share in zip(j.told.arms, counts, j.told.shares, strict=True)
    ]
    off = np.abs(counts / counts.sum() - np.array(j.told.shares))
    return f"The shares are not the intended ones: {parts[int(np.argmax(off))]}, which chance does not explain"


def _amount(j: "Judged", value: float, signed: bool = False) -> str:
    if j.measure.is_proportion:
        return f"{value * 100:{'+' if signed else ''}.2f} {'points' if signed else '%'}"
    return f"{value:{'+' if signed else ''}.3f}"


def _per(j: "Judged") -> str:
    return "an impression" if j.measure.metric == "ctr" else "a click"


def _arm(text: str) -> str:
    shown = "".join(character if character.isprintable() else " " for character in text)
    return f"'{shown[:ARM_CHARS_MAX]}{'…' if len(shown) > ARM_CHARS_MAX else ''}'"
