"""Proves what is said of declared experiments when somebody looks after every one of 60 days, and what naive ways do.

Worlds: counts drawn by the intended split, or by another; two arms that are equal, or one of which is better, with days
that are better or worse for both and days that are so for one of them; orders whose amounts have heavy tails.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from proving import Row

from analytics.experiments.lift import lift
from analytics.experiments.measured import Measure
from analytics.inference.interval import Floats, quantile
from analytics.inference.mismatch import ALPHA, mixture_log_e

PROMISES = (
    "Split as intended, a sample ratio mismatch is called in at most 0.1 % of experiments, however often one looks.",
    "52 to 48 instead of 50 to 50 is found within 30,000 units in at least 99 %.",
    "Over 60 looks the lift's interval leaves the truth out at any of them in at most 5 % of experiments.",
    "Arms that are equal have a winner at any of 60 looks in at most 5 %, two arms or four.",
    "A CTR that is a fifth better, and an EPC that is half as much again, are found within 60 days in at least 90 %.",
)
DAYS = 60
SEED = 20_261_126


@dataclass(frozen=True)
class World:
    """Units a day and arm, the rate of the control, and what its arms multiply it by; `apart`: the spread of single
    arms between days beyond chance, relative; `spread` > 0: lognormal amounts with that sigma, else counts."""

    name: str
    units: int
    rate: float
    times: tuple[float, ...] = (1.0, 1.0)
    apart: float = 0.0
    spread: float = 0.0


WORLDS = (
    World("CTR 2 %, equal arms", 2_000, 0.02),
    World("CTR 2 %, equal arms, days differ by arm", 2_000, 0.02, apart=0.15),
    World("CTR 2 %, four equal arms", 2_000, 0.02, (1.0,) * 4),
    World("CTR 2 %, one 20 % better", 2_000, 0.02, (1.0, 1.2)),
    World("EPC, 3 % of clicks convert, heavy tail", 400, 0.03, spread=1.0),
    World("EPC, one 50 % better", 400, 0.03, (1.0, 1.5), spread=1.0),
)


def rows(short: bool) -> list[Row]:
    """First the shares, then the lift."""
    chance = np.random.default_rng(SEED)
    return [*shares(chance, 2_000 if short else 40_000), *lifts(chance, 60 if short else 1_000)]


def shares(chance: np.random.Generator, runs: int) -> Iterator[Row]:
    """The sequential test after every day, beside a chi-square test after every day."""
    for intended, drawn in (
        ((50, 50), (50, 50)), ((70, 20, 10), (70, 20, 10)), ((50, 50), (52, 48)), ((50, 50), (51, 49)),
    ):  # fmt: skip
        share, truth = (np.array(each) / sum(each) for each in (intended, drawn))
        counts = chance.multinomial(500, truth, (runs, DAYS)).cumsum(axis=1)
        log_e = mixture_log_e(counts.reshape(-1, len(share)), share).reshape(runs, DAYS)
        found = log_e >= -np.log(ALPHA)
        called = found.any(axis=1)
        expected = counts.sum(axis=2, keepdims=True) * share
        naive = (((counts - expected) ** 2 / expected).sum(axis=2) > CRITICAL[len(share)]).any(axis=1)
        holds = called.mean() <= ALPHA + 2 * np.sqrt(ALPHA / runs) if intended == drawn else True
        if drawn == (52, 48):
            holds = called.mean() >= 0.99
        yield {
            "world": f"split {'/'.join(map(str, drawn))}, intended {'/'.join(map(str, intended))}, 500 a day",
            "experiments": runs, "mismatch called": float(called.mean()),
            "median day": float(np.median(found.argmax(axis=1)[called]) + 1) if called.any() else None,
            "naive (chi-square p < .001 daily)": float(naive.mean()), "holds": bool(holds),
        }  # fmt: skip


CRITICAL = {2: 10.828, 3: 13.816}  # chi-square, p = 0.001


def lifts(chance: np.random.Generator, runs: int) -> Iterator[Row]:
    """The interval of the lift after every day, beside a plain 95 % interval after every day."""
    for world in WORLDS:
        found = np.array([looked(chance, world) for _ in range(runs)])
        left_out, decided, naive, _ = found.mean(axis=0)
        days = found[found[:, 1] > 0, 3]
        is_equal = len(set(world.times)) == 1
        error = 2 * np.sqrt(0.05 * 0.95 / runs)  # of so many experiments
        holds = left_out <= 0.05 + error and (decided <= 0.05 + error if is_equal else decided >= 0.9 - error)
        yield {
            "world": world.name, "experiments": runs, "truth left out": float(left_out),
            "naive leaves out": float(naive), "arms told apart": float(decided),
            "median day": float(np.median(days)) if len(days) else None, "holds": bool(holds),
        }  # fmt: skip


def looked(chance: np.random.Generator, world: World) -> tuple[float, float, float, float]:
    """(truth ever left out, two arms ever told apart, truth ever left out by a plain interval, the day) of one."""
    units, total, squared, hits = played(chance, world)
    truth = (world.times[1] - world.times[0]) * world.rate * (np.exp(world.spread**2 / 2) if world.spread else 1.0)
    left_out = naive = decided = day = 0
    arms = range(len(world.times))
    for until in range(1, DAYS + 1):
        m = Measure("epc" if world.spread else "ctr", units[:until], total[:until], squared[:until].sum(axis=0),
                    hits[:until].sum(axis=0), np.zeros_like(units[:until]))  # fmt: skip
        for one, other in ((i, j) for j in arms for i in arms if i > j):
            pair = lift(m, one, other)
            if pair is None:
                continue
            if not decided and pair.excludes_zero:
                decided, day = 1, until
            if (one, other) == (1, 0):
                left_out |= not pair.low <= truth <= pair.high
                naive |= abs(pair.value - truth) > quantile(0.95) * plain(m)
    return left_out, decided, naive, day


def played(chance: np.random.Generator, world: World) -> tuple[Floats, Floats, Floats, Floats]:
    """Units, values, squares and hits, shape (days, arms); a day is better or worse for all arms, and for each."""
    shape = (DAYS, len(world.times))
    units = chance.poisson(world.units, shape).astype(float)
    day = np.exp(chance.normal(0, 0.2, (DAYS, 1)) - 0.02)
    own = np.exp(chance.normal(0, world.apart, shape) - world.apart**2 / 2)
    hits = chance.binomial(units.astype(int), np.minimum(world.rate * np.array(world.times) * day * own, 1)).astype(
        float
    )
    if not world.spread:
        return units, hits, hits, hits
    total, squared = np.zeros(shape), np.zeros(shape)
    for at in np.ndindex(shape):
        amounts = chance.lognormal(0, world.spread, int(hits[at]))
        total[at], squared[at] = amounts.sum(), (amounts**2).sum()
    return units, total, squared, hits


def plain(m: Measure) -> float:
    """The standard error that one would take for a single look, days left aside."""
    units, total = m.units.sum(axis=0), m.total.sum(axis=0)
    single = (m.squared / units - (total / units) ** 2) / units
    return float(np.sqrt(single[0] + single[1]))
