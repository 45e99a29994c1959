"""This module owns evidence written down by hand: ads of one scope, the same every day, judged as the fit judges."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from analytics.config import Verdicts
from analytics.verdicts.days import COLUMNS, Aim, Days, days_of
from analytics.verdicts.deciding import decide
from analytics.verdicts.inferred import Least, dispersion, infer
from analytics.verdicts.judged import Known, judge
from analytics.verdicts.sentences import sentence
from analytics.verdicts.table import Window, told_of
from analytics.verdicts.thresholds import Thresholds
from analytics.verdicts.words import WHYS, action_of

LIMITS = Thresholds(**Verdicts().model_dump(), clicks_min=100)


@dataclass(frozen=True, slots=True)
class Ad:
    """What an ad gets every day: clicks, how many of them convert, the amount of each, what a click costs."""

    clicks: int
    converted: float
    amount: float
    cost: float = 1.0
    allocated: float = 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """What was judged of an ad."""

    word: str
    why: str
    action: str
    reason: str
    p_meets: float | None
    p_beats: float | None
    p_best: float | None
    in_best: bool
    net: float
    cost: float
    allocated: float
    log_e: tuple[float, float, float, float]


def days_by_hand(ads: Sequence[Ad], days: int, aim: Aim) -> Days:
    """One stratum per day. Parts of a conversion add up over days; amounts vary by a half up and down."""
    shape = (len(ads), days)
    clicks = np.repeat(np.array([[ad.clicks] for ad in ads], dtype=float), days, axis=1)
    whole = np.array([[ad.converted] for ad in ads]) * np.arange(days + 1)
    converted = np.minimum(np.floor(whole[:, 1:] + 1e-9) - np.floor(whole[:, :-1] + 1e-9), clicks)
    amount = np.array([[ad.amount] for ad in ads])
    revenue, squared = converted * amount, converted * amount**2 * 1.25
    cost = np.array([[ad.cost] for ad in ads]) * np.maximum(clicks, [[0.0 if ad.clicks else ad.cost] for ad in ads])
    columns = {name: np.zeros(shape) for name in COLUMNS} | {
        "clicks": clicks, "converted": converted, "conversions": converted, "conversions_squared": converted,
        "revenue": revenue, "revenue_squared": squared, "revenue_capped": revenue, "capped_squared": squared,
        "cost": cost, "cost_allocated": cost * np.array([[ad.allocated] for ad in ads]),
    }  # fmt: skip
    columns |= compared(clicks, revenue, squared, "capped") | compared(clicks, converted, converted, "converted")
    unit, day = np.divmod(np.arange(clicks.size), days)
    cap = float(amount.max(initial=0.0)) * 1.5
    flat = {name: each.ravel() for name, each in columns.items()}
    return days_of(flat, day, unit, np.zeros(len(ads), dtype=np.int64), aim, cap)


def compared(n: np.ndarray, s: np.ndarray, q: np.ndarray, measure: str) -> dict[str, np.ndarray]:
    """The comparison's columns of `analytics/fit/evidence.sql`, of one stratum per day; scopes are the first axis but
    one: shape (…, creatives, days), from clicks, Σv and Σv²."""
    all_n, all_s, all_q = (each.sum(axis=-2, keepdims=True) for each in (n, s, q))
    rest = all_n - n
    is_compared = (n > 0) & (rest > 0)
    inside, one_less = np.maximum(all_n, 1.0), np.maximum(all_n - 1, 1.0)
    found = {
        "clicks_compared": n, "rest_compared": rest, "weight_compared": n * rest / inside, f"{measure}_observed": s,
        f"{measure}_expected": all_s * n / inside,
        f"{measure}_variance": n * rest * np.maximum(all_q - all_s**2 / inside, 0) / (inside * one_less),
        f"{measure}_variance_apart": (rest**2 * q + n**2 * (all_q - q)) / inside**2,
    }  # fmt: skip
    return {name: np.where(is_compared, each, 0.0) for name, each in found.items()}


def judged(
    *ads: Ad, days: int = 40, objective: str = "roas", target: float = 1.0, before: Sequence[str] = (),
    no_text: Sequence[int] = (), faded: Sequence[int] = (),
) -> list[Found]:  # fmt: skip
    """The verdict of each ad over all its days."""
    aim = Aim(objective, target)
    evidence = days_by_hand(ads, days, aim)
    size = len(ads)
    known = Known(
        evidence.scope, evidence.scopes, np.isin(np.arange(size), list(no_text)),
        np.array([*faded, *[0] * (size - len(faded))]), np.array([*before, *[""] * (size - len(before))]),
    )  # fmt: skip
    found = infer(evidence, 0, days - 1, Least(LIMITS.clicks_min, LIMITS.compared_share_min),
                  dispersion(evidence, days - 1))  # fmt: skip
    said = judge(found, known, LIMITS)
    open_ = decide(found, known, said, LIMITS)
    window = Window(0, date(2026, 11, 22), aim, LIMITS, 2, "conversion")
    m, test = found.sums, (found.target, found.rest)
    return [
        Found(
            str(said.word[u]), why := list(WHYS)[said.why[u]], action_of(why),
            sentence(told_of(window, why, u, found, said, open_, {})), _known(said.p_meets[u]), _known(said.p_beats[u]),
            _known(open_.p_best[u]), bool(open_.in_best[u]), float(found.net.value[u]), float(m.cost[u]),
            float(m.cost_allocated[u]), tuple(float(each[u]) for t in test for each in (t.above, t.below)),
        )
        for u in range(size)
    ]  # fmt: skip


def _known(p: float) -> float | None:
    return float(p) if np.isfinite(p) else None
