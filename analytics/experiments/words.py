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
    if not j.counts.sum() and not j.seen.any():
        return "None of its arms was seen on its closed days: check their texts, the scope and the dates."
    return " ".join(sentence for sentence in (_judged(j), _unseen(j), _uncounted(j)) if sentence)


def stop_rule(j: "Judged") -> str:
    """When the experiment may be stopped."""
    end = f", or at its end on {j.told.last_day}" if j.told.last_day else "; it has no last day"
    bound = "" if np.isnan(j.loss_max) else f", now {_amount(j, j.loss_max)}"
    return (
        "Stop when the always-valid interval of the leading arm excludes 0, or when choosing it loses on average less"
        f" than 1 % of what {_per(j)} brings{bound}{end}."
    )


def _judged(j: "Judged") -> str:
    if j.decision == "do not trust: sample ratio mismatch":
        return f"{_shares(j)}. {LOOK_FOR}"
    if not j.counts.sum():
        return ""
    return _too_few(j) if j.best is None or j.decision == "too little to tell" else _decided(j)


def _unseen(j: "Judged") -> str:
    """Arms that never were anywhere: misspelt, most likely."""
    arms = [_arm(text) for text, seen in zip(j.told.arms, j.seen, strict=True) if not seen]
    return f"Never seen: {', '.join(arms)}; check the text, the scope and the dates." if arms else ""


def _uncounted(j: "Judged") -> str:
    """Arms that were seen, but not in the unit of the split."""
    known = j.counts.sum(axis=0) > 0
    arms = [_arm(text) for text, is_known, seen in zip(j.told.arms, known, j.seen, strict=True) if seen > is_known]
    if not arms:
        return ""
    other = "clicks" if j.unit == "impressions" else "impressions"
    why = " (a report counts those of a whole ad, not of each of its texts)" if j.unit == "impressions" else ""
    return f'No {j.unit} are known of {", ".join(arms)}{why}: try unit = "{other}".'


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
    fewest = int(np.argmin(j.measure.hits))
    return (
        f"Too little to tell: {_arm(j.told.arms[fewest])} has {int(j.measure.hits[fewest]):,} {j.measure.hit}; a"
        " comparison needs 20 of each arm."
    )


def _shares(j: "Judged") -> str:
    """The arm whose share was off most, as of the day on which that was sure: later days may even it out."""
    until = None if j.ratio.found is None else j.ratio.found + 1
    counts, now = j.counts[:until].sum(axis=0), j.counts.sum(axis=0)
    intended = np.where(now > 0, j.told.shares, 0.0)
    actual, intended, now = counts / counts.sum(), intended / intended.sum(), now / now.sum()
    off = int(np.argmax(np.abs(actual - intended)))
    when = "" if j.found is None else f" up to {j.found}"
    later = "" if until in (None, len(j.counts)) else f" (by now {_share(now[off])})"
    return (
        f"The shares are not the intended ones:{when} {_arm(j.told.arms[off])} got {_share(actual[off])} of the"
        f" {j.unit} instead of {_share(intended[off])}{later}, which chance does not explain"
    )


def _share(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")


def _amount(j: "Judged", value: float, signed: bool = False) -> str:
    if j.measure.is_proportion:
        return f"{value * 100:{'+' if signed else ''}.2f} {'points' if signed else '%'}"
    return f"{value:{'+' if signed else ''}.3f}"


def _per(j: "Judged") -> str:
    return "an impression" if j.measure.metric == "ctr" else "a click"


def _arm(text: str) -> str:
    shown = "".join(character if character.isprintable() else " " for character in text)
    return f"'{shown[:ARM_CHARS_MAX]}{'…' if len(shown) > ARM_CHARS_MAX else ''}'"
