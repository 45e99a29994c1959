"""This module owns the verdict: the sentence about a creative in a scope, and what to do.

A verdict belongs to a scope (network × campaign × country) and an objective, is made on mature clicks only,
and none is made below the minimum sample. Nothing that misses its target is a winner.
"""

from dataclasses import dataclass

ALLOCATED_SHARE_MAX = 0.30
SURE = 0.95
ACTIONS = {
    "winner": "scale",
    "promising": "keep running",
    "needs_work": "fix",
    "cut": "stop",
    "too_early": "wait",
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate with its interval; None where unknown."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of a creative in a scope. Money per click in the reporting currency."""

    objective: str
    target: float
    estimate: Estimate
    p_meets_target: float | None
    clicks: int
    clicks_min: int
    cost: float
    revenue: float
    cost_allocated: float
    conversions: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """The word, what to do, and why, in a marketer's words."""

    verdict: str
    action: str
    reason: str


def judge(evidence: Evidence) -> Verdict:
    """The verdict on one creative in one scope."""
    word, reason = _word(evidence)
    return Verdict(word, ACTIONS[word], reason)


def _word(e: Evidence) -> tuple[str, str]:
    if e.clicks < e.clicks_min:
        missing = e.clicks_min - e.clicks
        return "too_early", f"{e.clicks:,} mature clicks; about {missing:,} more to decide"
    if e.cost <= 0:
        return "too_early", "no cost is known here, so profit cannot be judged"
    if e.cost_allocated > ALLOCATED_SHARE_MAX * e.cost:
        return "too_early", f"{e.cost_allocated / e.cost:.0%} of its cost is allocated from shared ads, not its own"
    if e.revenue <= 0 and e.objective != "cpa":
        # Not one sale leaves no spread to be sure from: what a single one would bring is unknown.
        return "needs_work", f"{e.clicks:,} mature clicks and {e.cost:,.2f} spent without any revenue yet"
    if e.p_meets_target is None:
        return "too_early", "the spread of its revenue is not known yet"
    return _compared(e, e.p_meets_target)


def _compared(e: Evidence, p: float) -> tuple[str, str]:
    told = f"{_name(e.objective)} {_amount(e.objective, e.estimate.value)}, target {_amount(e.objective, e.target)}"
    good, bad = ("below", "above") if e.objective == "cpa" else ("above", "below")
    if p >= SURE and _meets(e):
        return "winner", f"{told}: {good} it with {_percent(p)} certainty on {e.clicks:,} clicks"
    if p <= 1 - SURE:
        return "cut", f"{told}: {bad} it with {_percent(1 - p)} certainty on {e.clicks:,} clicks"
    if p >= 0.5:
        return "promising", f"{told}: probably {good} it ({_percent(p)}), not sure yet"
    return "needs_work", f"{told}: probably {bad} it ({_percent(1 - p)}), not sure yet"


def _meets(e: Evidence) -> bool:
    if e.estimate.value is None:  # a CPA without any conversion
        return False
    return e.estimate.value <= e.target if e.objective == "cpa" else e.estimate.value >= e.target


def _percent(p: float) -> str:
    return "over 99 %" if p > 0.99 else f"{p:.0%}".replace("%", " %")


def _name(objective: str) -> str:
    return {"profit_per_click": "profit per click", "roas": "ROAS", "cpa": "CPA"}[objective]


def _amount(objective: str, value: float | None) -> str:
    if value is None:
        return "unknown (no conversion yet)"
    return f"{value:.2f}" if objective != "profit_per_click" else f"{value:+.3f}"
