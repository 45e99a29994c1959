"""Verdicts in worlds whose truth is known, looked at after each of 60 days.

Evidence is drawn (clicks Poisson, conversions binomial, order values log-normal) and goes through the functions of the
fit: `infer`, `judge`, with yesterday's words. Columns: in which share of scopes a winner or a cut was ever said
(`ever`), what the naive 95 % would have said (`naive`: P(meets target) and P(beats) by normal intervals, each day), how
many planted ones were found by the last day and after how many days half of them were, how often a word changed.
"""

from dataclasses import dataclass

import numpy as np

from analytics.config import Verdicts
from analytics.verdicts.days import COLUMNS, Aim, Days, days_of
from analytics.verdicts.inferred import Least, dispersion, infer
from analytics.verdicts.judged import Judged, Known, judge
from analytics.verdicts.thresholds import Thresholds

PROMISES = (
    "Where all creatives of a scope are equal, at, above or below the target, winner or cut is said in under 5 % of"
    " scopes, in 60 days of daily looks.",
    "A creative that earns 40 % more than the rest and meets its target is called winner, one that earns 40 % less and"
    " misses it is cut, in at least 80 % of cases, where the last column's number of conversions is there.",
    "A word that was said is not taken back: a creative changes into or out of winner or cut at most once in twenty.",
)
CLICKS_MIN = 200
LIMITS = Thresholds(**Verdicts().model_dump(), clicks_min=CLICKS_MIN)
DAYS = 60


@dataclass(frozen=True, slots=True)
class World:
    """Scopes of `creatives` each; a click costs 1 and brings `level` on average, times each creative's `effects`."""

    name: str
    scopes: int
    creatives: int
    clicks: float  # per creative and day
    rate: float  # conversions per click
    level: float = 1.0
    effects: tuple[float, ...] = (1.0,)
    sigma: float = 0.6  # of the log of an order's value
    shock: float = 0.0  # standard deviation of the log of each creative's day
    dearer: float = 0.0  # log-normal deviation of what a creative's clicks cost; it brings as much more
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Said:
    """Words by (day, unit), and what the naive method would have said: 1 winner, -1 cut, 0 neither."""

    words: np.ndarray
    naive: np.ndarray


def drawn(world: World) -> Days:
    """The evidence of a world, a stratum per scope and day."""
    rng = np.random.default_rng(world.seed)
    shape = (world.scopes, world.creatives, DAYS)
    effect = np.resize(np.array(world.effects), world.creatives)[None, :, None]
    price = np.exp(rng.normal(0, world.dearer, (*shape[:2], 1)) - world.dearer**2 / 2)
    clicks = rng.poisson(world.clicks, shape).astype(float)
    shocks = np.exp(rng.normal(0, world.shock, shape) - world.shock**2 / 2)
    rate = np.minimum(world.rate * effect * price * shocks, 0.9)
    converted = rng.binomial(clicks.astype(int), rate).astype(float)
    value = world.level / world.rate
    amounts = value * np.exp(rng.normal(-(world.sigma**2) / 2, world.sigma, int(converted.sum())))
    cap = float(np.quantile(amounts, 0.99)) if len(amounts) else 0.0
    cell = np.repeat(np.arange(converted.size), converted.ravel().astype(int))
    sums = {
        name: np.bincount(cell, each, converted.size).reshape(shape)
        for name, each in (("revenue", amounts), ("revenue_squared", amounts**2),
                           ("revenue_capped", np.minimum(amounts, cap)),
                           ("capped_squared", np.minimum(amounts, cap) ** 2))
    }  # fmt: skip
    columns = {name: np.zeros(shape) for name in COLUMNS} | sums
    columns |= {"clicks": clicks, "converted": converted, "conversions": converted, "conversions_squared": converted,
                "cost": clicks * price}  # fmt: skip
    columns |= _compared(clicks, sums["revenue_capped"], sums["capped_squared"])
    unit, day = np.divmod(np.arange(converted.size), DAYS)
    scope = np.repeat(np.arange(world.scopes), world.creatives)
    return days_of({name: each.ravel() for name, each in columns.items()}, day, unit, scope, Aim("roas", 1.0), cap)


def _compared(n: np.ndarray, s: np.ndarray, q: np.ndarray) -> dict[str, np.ndarray]:
    """The comparison's columns of `analytics/fit/evidence.sql`, of one stratum per scope and day."""
    all_n, all_s, all_q = (each.sum(axis=1, keepdims=True) for each in (n, s, q))
    rest = all_n - n
    is_compared = (n > 0) & (rest > 0)
    inside, one_less = np.maximum(all_n, 1.0), np.maximum(all_n - 1, 1.0)
    found = {
        "clicks_compared": n, "rest_compared": rest, "weight_compared": n * rest / inside, "capped_observed": s,
        "capped_expected": all_s * n / inside,
        "capped_variance": n * rest * np.maximum(all_q - all_s**2 / inside, 0) / (inside * one_less),
        "capped_variance_apart": (rest**2 * q + n**2 * (all_q - q)) / inside**2,
    }  # fmt: skip
    return {name: np.where(is_compared, each, 0.0) for name, each in found.items()}


def looked(days: Days, window: int, last: int = DAYS) -> Said:
    """Each day's words in a window of that many days (0: all), yesterday's carried on."""
    words, naive = [], []
    before = np.full(days.units, "", dtype="<U14")
    nothing = np.zeros(days.units, dtype=np.int64)
    for today in range(last):
        seen = days.only(days.day <= today)
        first = today - window + 1 if window else 0
        found = infer(seen, first, today, Least(CLICKS_MIN, LIMITS.compared_share_min), dispersion(seen, today))
        known = Known(days.scope, days.scopes, nothing.astype(bool), nothing, before)
        judged: Judged = judge(found, known, LIMITS)
        before = judged.word.astype("<U14")
        words.append(before)
        z = found.net.value / np.maximum((found.net.high - found.net.low) / 3.92, 1e-12)
        beats = found.effect / found.effect_se
        sure = np.where((z > 1.645) & (beats > 1.645), 1, np.where((z < -1.645) & (beats < -1.645), -1, 0))
        naive.append(np.where(found.sums.clicks >= CLICKS_MIN, sure, 0))
    return Said(np.array(words), np.array(naive))
