"""Proves that the parts of a gap between two creatives sum to it, and that their intervals hold as often as they say.

Two creatives of an arbitrage funnel with known rates run over some days: clicks vary from day to day by 30 %, each rate
by 15 % beyond counting, money per ad click is lognormal. The truth is the decomposition of the true rates.
"""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from analytics.compare.parts import Part, of_creatives
from analytics.compare.reading import FIELDS, Amounts
from analytics.inference.decomposition import chain_parts

PROMISES = (
    "The parts sum to the gap to the last millionth.",
    "The 95 % intervals of the parts hold the truth in 93 to 99 % of comparisons on average, none in less than 88 %.",
)
STEPS = frozenset(("landing_view", "search_click", "results_view", "ad_click"))
# LP rate, CTR1, SERP rate, CTR2, money per ad click, cost per click.
FIRST, SECOND = (0.88, 0.35, 0.95, 0.40, 0.90, 0.20), (0.90, 0.28, 0.95, 0.45, 1.10, 0.25)
SCATTER = 0.15


def rows(short: bool) -> list[dict[str, object]]:
    """The table; without `short` about half a minute of one core."""
    grid = [(7, 30), (14, 150)] if short else [(days, clicks) for days in (7, 14, 28) for clicks in (30, 150, 600)]
    return [_row(days, clicks, 50 if short else 300) for days, clicks in grid]


def _row(days: int, clicks: int, runs: int) -> dict[str, object]:
    random = np.random.default_rng(days * 1000 + clicks)
    truth = _truth()
    held, exact = np.zeros(len(truth)), True
    for _ in range(runs):
        parts = of_creatives(*(_drawn(random, days, clicks, of) for of in (FIRST, SECOND)), "arbitrage", STEPS)
        held += [_holds(part, true) for part, true in zip(parts, truth, strict=True)]
        exact &= sum((part.gap for part in parts[:-1]), Decimal(0)) == parts[-1].gap
    share = held / runs
    least = 0.80 if runs < 100 else 0.88  # fifty runs alone are off by three hundredths
    return {
        "days": days, "clicks a day": clicks, "runs": runs, "sums are exact": exact,
        **{part.part: float(each) for part, each in zip(parts, share, strict=True)}, "on average": float(share.mean()),
        "holds": bool(exact and 0.93 <= share.mean() <= 0.99 and share.min() >= least),
    }  # fmt: skip


def _holds(part: Part, true: float) -> bool:
    return part.low is not None and part.high is not None and part.low - 1e-6 <= true <= part.high + 1e-6


def _truth() -> list[float]:
    """The parts of the gap of the true rates: the steps, the cost, and their sum."""
    chains = [np.concatenate([[1.0], np.cumprod(of[:-1])])[None, :] for of in (FIRST, SECOND)]
    steps = chain_parts(*chains)[:, 0]
    parts = [*steps, FIRST[-1] - SECOND[-1]]
    return [float(part) for part in (*parts, sum(parts))]


def _drawn(random: np.random.Generator, days: int, clicks: int, of: tuple[float, ...]) -> Amounts:
    """A creative's days."""
    values = np.zeros((1, days, len(FIELDS)), dtype=np.int64)
    for day in range(days):
        reached = [int(random.poisson(clicks * np.exp(random.normal(0, 0.3))))]
        scatter = np.exp(random.normal(0, SCATTER, 5) - SCATTER**2 / 2)
        for step in range(4):
            chance = of[step] if of[step] > 0.85 else of[step] * scatter[step]  # near 1 there is no room to scatter
            reached.append(int(random.binomial(reached[-1], chance)))
        money = random.lognormal(np.log(of[4] * scatter[4]) - 0.5, 1, reached[-1]).sum()
        cost = reached[0] * of[5]
        values[0, day] = [*reached, reached[-1], 0, 0, 0, round(cost * 1e6), round(money * 1e6)]
    first = date(2026, 1, 1)
    return Amounts(("creative",), (first, first + timedelta(days=days - 1)), values)
