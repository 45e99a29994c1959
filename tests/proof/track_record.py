"""Proves what the track record says of certainties: right ones are called right, and ones that are too high are found.

In each world posteriors are stated first and the truth is drawn from them, so that "97 % sure" is right 97 % of the
time. They follow a creative over six fortnights, ever surer, as data come in; creatives of a scope share a part of what
is unknown of their level. What follows each verdict are counted conversions, of which the sums are handed on that the
product reads from its evidence. Overconfident is who states half the deviation. Reckoned by the product's functions.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from proving import Row
from scipy.stats import norm

from analytics.inference.interval import Floats
from analytics.track_record import reckoning
from analytics.track_record.after import After
from analytics.track_record.reckoning import ALL, BEATS, FITS, MEETS, MISSES, TOO_SURE, TRAILS, Said, reckon

PROMISES = (
    "Certainties that are right: what they promise lies in the 95 % interval of what held in at least 90 % of cases,"
    " and at most 5 % are called too high.",
    "Deviations halved, 400 creatives in 20 campaigns: four of five track records find the certainties to beat the rest"
    " too high.",
    "Deviations halved, 800 creatives in 80 campaigns: four of five find those to meet the target too high, as well.",
)
FITTING_MIN = 0.90
FOUND_MIN = 0.80
TOO_SURE_MAX = 0.05
FORTNIGHTS = 6
RATE = 0.05
CLICKS_MIN = 200.0


@dataclass(frozen=True, slots=True)
class World:
    """`unknown`: the deviation of what is not known of a creative's rate at first; `left`: the share of its variance
    that is unknown after the last fortnight; `shared`: the share that a whole scope has in common."""

    scopes: int = 10
    creatives: int = 20
    clicks: float = 4_000
    unknown: float = 0.2 * RATE
    left: float = 0.3
    shared: float = 0.3


WORLDS = {
    "10 scopes of 20 creatives": World(),
    "one scope of 40": World(scopes=1, creatives=40),
    "80 scopes of 5": World(scopes=80, creatives=5),
    "few clicks": World(clicks=600),
    "much of it shared": World(shared=0.7, scopes=20),
    "nearly all known at the end": World(left=0.02),
    "hardly anything learned": World(left=0.95),
}
HALVED = {  # the world, and of which claims it must be found
    "halved: 20 scopes of 20": (World(scopes=20), (BEATS, TRAILS)),
    "halved: 80 scopes of 10": (World(scopes=80, creatives=10), (BEATS, TRAILS, MEETS, MISSES)),
}


def rows(short: bool) -> list[Row]:
    """A row per kind of world with right certainties, and per world that states half the deviation."""
    runs = 20 if short else 300
    right = [
        fitting(name, world, runs, np.random.default_rng([7, at])) for at, (name, world) in enumerate(WORLDS.items())
    ]
    wrong = [
        found(name, *asked, runs, np.random.default_rng([77, at])) for at, (name, asked) in enumerate(HALVED.items())
    ]
    return [*right, *wrong]


def fitting(name: str, world: World, runs: int, rng: np.random.Generator) -> Row:
    """How often the promise lies in the interval of what held, in every cell of the table."""
    cells = told(runs, lambda: reckon(*drawn(world, rng), CLICKS_MIN))
    shares = {what: said.count(FITS) / len(said) for what, said in cells.items() if len(said) >= runs / 2}
    worst = min(shares, key=lambda what: shares[what])
    every = [each for said in cells.values() for each in said]
    fits, too_sure = (every.count(each) / len(every) for each in (FITS, TOO_SURE))
    at_least, of_worst = below(FITTING_MIN, len(every)), below(FITTING_MIN, len(cells[worst]), 3.0)  # the worst of many
    at_most = TOO_SURE_MAX + FITTING_MIN - at_least
    return {
        "world": name, "worlds": runs, "cases": len(every), "fits": fits, "at least": at_least, "worst": shares[worst],
        "worst is": worst, "worst: at least": of_worst, "too sure": too_sure, "at most": at_most,
        "holds": fits >= at_least and shares[worst] >= of_worst and too_sure <= at_most,
    }  # fmt: skip


def found(name: str, world: World, claims: tuple[str, ...], runs: int, rng: np.random.Generator) -> Row:
    """How often halved deviations are found: by all certainties of a claim, and by those over 95 %."""

    def overconfident() -> list[reckoning.Row]:
        said, state, after = drawn(world, rng)
        return reckon(halved(said), state, after, CLICKS_MIN)

    cells = told(runs, overconfident)
    shares = {what: said.count(TOO_SURE) / len(said) for what, said in cells.items()}
    least = min(shares[f"{claim} {ALL}"] for claim in claims)
    return {
        "world": name, "worlds": runs, "found, least": least, "at least": below(FOUND_MIN, runs),
        **{f"{claim} {what}": shares[f"{claim} {what}"] for claim in (BEATS, MEETS) for what in (ALL, "over 99 %")},
        "holds": least >= below(FOUND_MIN, runs),
    }  # fmt: skip


def told(runs: int, track_record: Callable[[], list[reckoning.Row]]) -> dict[str, list[str]]:
    """What is said of the certainties, per claim and kind; silent rows left out."""
    cells: dict[str, list[str]] = defaultdict(list)
    for _ in range(runs):
        for row in track_record():
            if row.calibration:
                cells[f"{row.claim} {row.what}"].append(row.calibration)
    return cells


def below(share: float, of: int, z: float = 1.64) -> float:
    """A share, less what chance takes away where so many are counted."""
    return share - z * (share * (1 - share) / of) ** 0.5


def halved(said: Said) -> Said:
    """Twice as sure as it should be."""
    sds = said.ahead_sd / 2, said.net_sd / 2
    return replace(said, ahead_sd=sds[0], net_sd=sds[1], p_beats=norm.cdf(said.ahead / sds[0]),
                   p_meets=norm.cdf(said.net / sds[1]))  # fmt: skip


def drawn(world: World, rng: np.random.Generator) -> tuple[Said, np.ndarray, After]:
    """Verdicts of six fortnights about each creative, and what followed each."""
    many = world.scopes * world.creatives
    scope = np.repeat(np.arange(world.scopes), world.creatives)
    ahead, ahead_sd, true_ahead = _learned(world, np.zeros(0, dtype=int), many, rng)
    net, net_sd, true_net = _learned(world, scope, many, rng)
    clicks = np.ceil(world.clicks * np.exp(rng.normal(0, 0.7, (FORTNIGHTS, many))))
    rest = clicks * 5
    p_beats, p_meets = norm.cdf(ahead / ahead_sd), norm.cdf(net / net_sd)
    rate = np.maximum(RATE + true_ahead, 1e-4)
    own, others = rng.poisson(clicks * rate), rng.poisson(rest * RATE)
    whole = clicks + rest
    variance = (own / clicks**2) + others / rest**2
    pooled = (own + others) / whole * (1 / clicks + 1 / rest)
    cost = RATE
    came = rng.poisson(clicks * np.maximum(cost + true_net, 1e-4))
    word = np.where((p_beats > 0.95) & (p_meets > 0.95), "winner", np.where(p_meets < 0.3, "needs_work", "average"))
    day = np.repeat(np.arange(FORTNIGHTS) * 14, many)
    said = Said(day, np.tile(np.arange(many), FORTNIGHTS), np.tile(scope, FORTNIGHTS), word.ravel(), p_beats.ravel(),
                ahead.ravel(), ahead_sd.ravel(), p_meets.ravel(), net.ravel(), net_sd.ravel())  # fmt: skip
    flat = np.ravel
    return said, np.zeros(len(day), dtype=np.int64), After(
        flat(clicks), flat(clicks), np.full(len(day), RATE), flat(own / clicks - others / rest),
        flat(np.maximum(variance, pooled)), flat(came / clicks - cost), np.full(len(day), cost), flat(1 / clicks),
    )  # fmt: skip


def _learned(world: World, scope: np.ndarray, many: int, rng: np.random.Generator) -> tuple[Floats, Floats, Floats]:
    """(mean, deviation) after each fortnight, and the truth: what is learned is a part of what was unknown."""
    parts = np.full(FORTNIGHTS, (1 - world.left) / FORTNIGHTS)
    left = 1 - np.cumsum(parts)
    steps = np.sqrt(parts)[:, None] * _unknown(world, scope, (FORTNIGHTS, many), rng)
    mean = rng.normal(0, world.unknown, many) + np.cumsum(steps, axis=0)
    true = mean[-1] + np.sqrt(left[-1]) * _unknown(world, scope, (1, many), rng)[0]
    return mean, np.broadcast_to(world.unknown * np.sqrt(left)[:, None], mean.shape).copy(), true


def _unknown(world: World, scope: np.ndarray, shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    own = rng.normal(0, world.unknown, shape)
    if not len(scope):
        return own
    together = rng.normal(0, world.unknown, (shape[0], world.scopes))[:, scope]
    return np.asarray(np.sqrt(world.shared) * together + np.sqrt(1 - world.shared) * own)
