"""Proves what sixty daily looks do to the share of false "better than the rest", and what is found in spite of them.

A creative is compared with the rest of its scope on sixty days, and judged after each of them. Few conversions (one in
two days) or many (100 a day); a share of the clicks of 5 % or 50 %; money log-normal (σ 1), capped at its 99 %
quantile; days on which the rates of each creative wander (gamma, coefficient of variation 0.3) or not. The naive look
is a z-test at 5 % each day, on the same sums. `windows` are all windows that begin on any day, together; `list` a
scope of twenty creatives, each with all its starts, under e-BH: any false one counts.
"""

from dataclasses import dataclass

import numpy as np

from analytics.inference.evidence import e_bh, log_e, overdispersion, restarted

PROMISES = (
    "with evidence that survives looking, at most 5 % of runs have any false `better than the rest` in 60 looks",
    "the naive daily z-test has one in more than 10 % of runs (where conversions are many: more than 20 %)",
    "with 100 conversions a day, one that converts 30 % better than the rest is found in at least 80 % of runs",
)
DAYS, ALPHA, SIGMA = 60, 0.05, 1.0
Z = 1.6449  # one-sided 5 %
CAP = float(np.exp(-(SIGMA**2) / 2 + 2.3263 * SIGMA))
TUNED = {"conversions": 10.0, "capped money": 10.0 * float(np.exp(SIGMA**2))}  # ten rare conversions' variance
STEP = {"conversions": 1.0, "capped money": CAP}


@dataclass(frozen=True)
class World:
    """What is the same in every run: clicks and conversions of the scope a day, and how the creative differs."""

    measure: str
    per_day: float
    share: float
    wander: float = 0.0
    better: float = 1.0
    clicks: int = 4000


Days = tuple[np.ndarray, np.ndarray]  # scores and variances, runs × days


def days(world: World, runs: int, rng: np.random.Generator) -> Days:
    """The daily comparison: observed less expected, and its variance under exchange of the clicks of the day."""
    n, ours = world.clicks, round(world.clicks * world.share)
    rate = world.per_day / n
    swing = [_swing(world.wander, (runs, DAYS), rng) for _ in range(2)]
    k = rng.binomial(ours, np.minimum(1, rate * world.better * swing[0]))
    rest = rng.binomial(n - ours, np.minimum(1, rate * swing[1]))
    if world.measure == "conversions":
        total, squares, observed = k + rest, k + rest, k
    else:
        (a, aa), (b, bb) = (_money(each, rng) for each in (k, rest))
        total, squares, observed = a + b, aa + bb, a
    around = squares - total**2 / n  # of all clicks of the day, around their mean
    return observed - total * world.share, world.share * (1 - world.share) * n / (n - 1) * around


def _swing(wander: float, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    return rng.gamma(1 / wander**2, wander**2, shape) if wander else np.ones(shape)


def _money(k: np.ndarray, rng: np.random.Generator) -> Days:
    v = np.minimum(rng.lognormal(-(SIGMA**2) / 2, SIGMA, int(k.sum())), CAP)
    cell = np.repeat(np.arange(k.size), k.ravel())
    return tuple(np.bincount(cell, each, k.size).reshape(k.shape) for each in (v, v * v))  # type: ignore[return-value]


def rows(short: bool) -> list[dict[str, object]]:
    """One row per world and way of looking: the share of runs with any false call, or of those found."""
    rng = np.random.default_rng(20261123)
    runs = 150 if short else 3000
    found = []
    for measure in TUNED:
        found += [_widened_power(measure, runs, rng)]
        for per_day, share in ((0.5, 0.5), (0.5, 0.05), (100.0, 0.5), (100.0, 0.05)):
            world = World(measure, per_day, share)
            found += _looked(world, runs, rng)
        found += _looked(World(measure, 100.0, 0.5, wander=0.3), runs, rng)
        found.append(_windows(World(measure, 2.0, 0.5), max(runs // 10, 20), rng))
        found.append(_list(World(measure, 20.0, 0.05), max(runs // 30, 4), rng))
        found += [_found(World(measure, 100.0, share, better=1.3), runs, rng) for share in (0.5, 0.1)]
    return found


def _looked(world: World, runs: int, rng: np.random.Generator) -> list[dict[str, object]]:
    score, variance = (each.cumsum(axis=1) for each in days(world, runs, rng))
    naive = (score > Z * np.sqrt(variance)) & (variance > 0)
    expected = 0.2 if world.per_day > 1 else 0.1
    told = [_row(world, "naive z-test", naive, lambda share, _: share > expected)]
    if not world.wander:
        evidence = log_e(score, variance, TUNED[world.measure], STEP[world.measure])
        return [*told, _row(world, "always valid", evidence > np.log(1 / ALPHA), _kept)]
    called = np.array([_widened(world, *each) for each in zip(*days(world, runs // 3, rng), strict=True)])
    return [*told, _row(world, "always valid, widened", called, _kept)]


def _widened(world: World, score: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """The looks of one run: each with the overdispersion of the days up to it, as a verdict would have it."""
    whole = STEP[world.measure]
    typical = whole if world.measure == "conversions" else whole / 2
    spread = np.array([overdispersion(score[:day], variance[:day], typical) for day in range(1, DAYS + 1)])
    step = whole * spread
    return log_e(score.cumsum(), spread * variance.cumsum(), TUNED[world.measure], step) > np.log(1 / ALPHA)


def _all_starts(world: World, score: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Log evidence at each look, over all days on which the window may have begun."""
    ends = [np.concatenate([[0.0], each.cumsum()]) for each in (score, variance)]
    sums = [each[None, 1:] - each[:-1, None] for each in ends]  # [start, look]
    score, variance_ = sums[0], np.maximum(sums[1], 0.0)  # below the diagonal the look is before the start
    evidence = log_e(score, variance_, TUNED[world.measure], STEP[world.measure])
    return np.array([restarted(evidence[: look + 1, look]) for look in range(DAYS)])


def _windows(world: World, runs: int, rng: np.random.Generator) -> dict[str, object]:
    called = [_all_starts(world, *each) > np.log(1 / ALPHA) for each in zip(*days(world, runs, rng), strict=True)]
    return _row(world, "always valid, windows", np.array(called), _kept)


def _list(world: World, runs: int, rng: np.random.Generator) -> dict[str, object]:
    """Twenty creatives of one scope: each is the rest of the others, so their scores depend on each other."""
    called = []
    for _ in range(runs):
        looks = np.array([_all_starts(world, *each) for each in _scope(world, 20, rng)])
        called.append([e_bh(looks[:, look], ALPHA).any() for look in range(DAYS)])
    return _row(world, "always valid, list of 20", np.array(called), _kept)


def _scope(world: World, creatives: int, rng: np.random.Generator) -> list[Days]:
    n = world.clicks // creatives
    k = rng.binomial(n, world.per_day / world.clicks, (creatives, DAYS))
    observed, squares = (k, k) if world.measure == "conversions" else _money(k, rng)
    total, around = observed.sum(axis=0), squares.sum(axis=0) - observed.sum(axis=0) ** 2 / world.clicks
    share = 1 / creatives
    variance = share * (1 - share) * world.clicks / (world.clicks - 1) * around
    return [(observed[c] - share * total, variance) for c in range(creatives)]


def _found(world: World, runs: int, rng: np.random.Generator) -> dict[str, object]:
    score, variance = (each.cumsum(axis=1) for each in days(world, runs, rng))
    called = log_e(score, variance, TUNED[world.measure], STEP[world.measure]) > np.log(1 / ALPHA)
    promised = world.measure == "conversions"
    return _row(world, "always valid, 30 % better", called, lambda share, _: share >= 0.8 or not promised)


def _widened_power(measure: str, runs: int, rng: np.random.Generator) -> dict[str, object]:
    """What widening costs where the days do wander: shown, not promised."""
    world = World(measure, 100.0, 0.5, wander=0.3, better=1.3)
    called = np.array([_widened(world, *each) for each in zip(*days(world, runs // 3, rng), strict=True)])
    return _row(world, "widened, 30 % better", called, lambda *_: True)


def _kept(share: float, runs: int) -> bool:
    return share <= ALPHA + 2 * (ALPHA * (1 - ALPHA) / runs) ** 0.5


def _row(world: World, looked: str, called: np.ndarray, holds) -> dict[str, object]:
    ever = called.any(axis=1)
    share = float(ever.mean())
    return {
        "measure": world.measure, "conversions_a_day": world.per_day, "share": world.share, "wander": world.wander,
        "looked": looked, "runs": len(called), "called": share,
        "median_day": float(np.median(called[ever].argmax(axis=1) + 1)) if ever.any() else None,
        "holds": bool(holds(share, len(called))),
    }  # fmt: skip
