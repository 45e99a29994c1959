"""Proves what may be said of words in texts: in worlds without any effect almost nothing, where one is planted, that.

Every world has campaigns with rates of their own, families of near-duplicate texts that differ for reasons that no word
explains, and exposure spread as budgets are. Words are handed to families, and differ within some of them; the forms
that an A/B test changes are handed to single texts. Tested is what the product tests, by its own functions.
"""

from dataclasses import dataclass

import numpy as np
from naive import mantel_haenszel
from proving import Row

from analytics.inference.heterogeneity import Cells, Floats, Ints
from analytics.text_lift.features import Feature
from analytics.text_lift.testing import FALSE_DISCOVERIES_MAX, Found, Measured, corrected, tried

PROMISES = (
    "No effect: 95 % intervals exclude no effect for at most 6 % of the features, in every kind of world.",
    "No effect: something is said to hold in at most 5 % of all worlds; naive Mantel-Haenszel, corrected the same way,"
    " finds something in most.",
    "Effects planted: a word in a quarter of 200 families that lifts the rate by 30 % is found in three of four cases.",
    "Effects planted: at most 5 % of what holds is false; 95 % intervals of the planted ones cover at least 93 %.",
)
FEATURES = 60
PLANTED = 6
LIFT = 1.3
EXCLUDING_MAX = 0.06
FOUND_MIN = 0.75
COVERED_MIN = 0.93


@dataclass(frozen=True, slots=True)
class World:
    """How texts differ there. `spread` is the standard deviation of a family's log rate, `within` that of a text's."""

    families: int = 200
    campaigns: int = 20
    spread: float = 0.3
    within: float = 0.1
    rate: float = 0.02
    exposure: int = 5_000
    heavy: bool = False
    followed: bool = False
    money: bool = False


WORLDS = {
    "200 families, 20 campaigns": World(),
    "families differ with heavy tails": World(heavy=True),
    "families hardly differ": World(spread=0.05, within=0.02),
    "families differ by a factor": World(spread=0.8),
    "budget follows success": World(followed=True),
    "40 families, 4 campaigns": World(families=40, campaigns=4),
    "60 families, 1 campaign": World(families=60, campaigns=1),
    "400 families, 150 campaigns": World(families=400, campaigns=150),
    "few conversions": World(rate=0.01, exposure=100),
    "money, one sale ten times another": World(rate=0.03, exposure=2_000, money=True),
}


def rows(short: bool) -> list[Row]:
    """A row per kind of world without an effect, their sum, and the worlds with planted words."""
    runs = 12 if short else 250
    told = [
        nothing(name, world, runs, np.random.default_rng([6, at])) for at, (name, world) in enumerate(WORLDS.items())
    ]
    worlds = runs * len(WORLDS)
    any_holds, naive = (
        sum(int(str(row[name])) for row in told) for name in ("worlds with one", "naive: worlds with one")
    )
    most = allowed(FALSE_DISCOVERIES_MAX, worlds)
    whole = {"world": "all of them, no effect", "worlds": worlds, "worlds with one": any_holds,
             "naive: worlds with one": naive, "at most": most * worlds,
             "holds": any_holds <= most * worlds and naive > worlds / 2}  # fmt: skip
    return [*told, whole, planted(runs, np.random.default_rng(66))]


def nothing(name: str, world: World, runs: int, rng: np.random.Generator) -> Row:
    """How often something is seen where nothing is."""
    features = excluding = ours = peers = excluding_naive = 0
    for _ in range(runs):
        measured, had_by = drawn(world, rng)
        found = found_in(measured, had_by)
        features += len(found)
        excluding += sum(not each.lift.low <= 1 <= each.lift.high for each in found)
        ours += any(each.holds for each in found)
        seen = naive_z(measured, had_by, found)
        excluding_naive += int((seen > 1.959964).sum())
        peers += bool(len(seen)) and seen.max() > corrected_z(len(seen))
    share, most = excluding / features, allowed(EXCLUDING_MAX, features)
    return {
        "world": name, "worlds": runs, "features": features, "excluding": share, "at most": most,
        "naive": excluding_naive / features, "worlds with one": ours, "naive: worlds with one": peers,
        "holds": share <= most,
    }  # fmt: skip


def planted(runs: int, rng: np.random.Generator) -> Row:
    """How often words that do something are found, and what else is."""
    found = false = covered = tested = 0
    for _ in range(runs):
        measured, had_by = drawn(World(), rng, planted=PLANTED)
        of_run = found_in(measured, had_by)
        true = [each for each in of_run if int(each.feature[1]) < PLANTED]
        tested += len(true)
        found += sum(each.holds for each in true)
        covered += sum(each.lift.low <= LIFT <= each.lift.high for each in true)
        false += sum(each.holds for each in of_run) - sum(each.holds for each in true)
    rate = false / max(found + false, 1)
    return {
        "world": f"{PLANTED} of {FEATURES} words lift by {LIFT - 1:.0%}", "worlds": runs, "features": tested,
        "found": found / tested, "covered": covered / tested, "false": rate,
        "at most": allowed(FALSE_DISCOVERIES_MAX, found + false),
        "holds": found / tested >= FOUND_MIN and covered / tested >= COVERED_MIN
        and rate <= allowed(FALSE_DISCOVERIES_MAX, found + false),
    }  # fmt: skip


def allowed(share: float, of: int) -> float:
    """A share, and what chance adds to it where so many are counted."""
    return share + 1.64 * (share * (1 - share) / of) ** 0.5


def found_in(measured: Measured, had_by: dict[Feature, Ints]) -> tuple[Found, ...]:
    return corrected([tried(measured, had_by)])[0].found


def naive_z(measured: Measured, had_by: dict[Feature, Ints], found: tuple[Found, ...]) -> Floats:
    """Of the same features, how many standard errors naive Mantel-Haenszel sees."""
    told = []
    for each in found:
        ratio, low, high = mantel_haenszel(measured.cells, np.isin(measured.creative, had_by[each.feature]))
        told.append(abs(np.log(ratio)) / (np.log(high / low) / (2 * 1.959964)))
    return np.array(told)


def corrected_z(count: int) -> float:
    """What the largest of so many must exceed for the first step of Benjamini and Hochberg."""
    from scipy.stats import norm

    return float(norm.isf(FALSE_DISCOVERIES_MAX / count / 2))


def drawn(world: World, rng: np.random.Generator, planted: int = 0) -> tuple[Measured, dict[Feature, Ints]]:
    """Cells of one world, and the creatives that have each feature; the first `planted` of these lift the rate."""
    family = np.repeat(np.arange(world.families), rng.integers(1, 4, world.families))
    texts = len(family)
    share = np.exp(rng.uniform(np.log(0.05), np.log(0.5), FEATURES))
    share[:planted] = 0.25
    having = (rng.random((FEATURES, world.families)) < share[:, None])[:, family]
    having ^= rng.random(having.shape) < 0.03  # a near-duplicate may lack a word, or have one more
    having[2::3] = rng.random(having[2::3].shape) < share[2::3, None]  # what A/B tests change
    effect = np.exp(_deviations(world, rng)[family] + rng.normal(0, world.within, texts))
    effect *= LIFT ** having[:planted].sum(axis=0)
    # A family runs in one campaign or two.
    homes = rng.integers(0, world.campaigns, (world.families, 2))[family]
    twice = (rng.random(world.families) < 0.5)[family] & (homes[:, 0] != homes[:, 1])
    creative = np.concatenate([np.arange(texts), np.flatnonzero(twice)])
    stratum = np.concatenate([homes[:, 0], homes[twice, 1]])
    exposure = np.ceil(world.exposure * rng.pareto(1.5, len(creative)) + 50)
    if world.followed:
        exposure = np.ceil(exposure * effect[creative] ** 2)
    rate = world.rate * np.exp(rng.normal(0, 0.7, world.campaigns))
    events = rng.poisson(np.minimum(rate[stratum] * effect[creative], 1) * exposure).astype(np.float64)
    if world.money:
        events = _sold(events.astype(np.int64), rng)
    cells = Cells(stratum, family[creative], events, exposure)
    return Measured("cvr", cells, creative, stratum), {
        ("word", str(n)): np.flatnonzero(has).astype(np.int64) for n, has in enumerate(having)
    }


def _deviations(world: World, rng: np.random.Generator) -> Floats:
    if world.heavy:  # Student's t with four degrees: a standard deviation of the square root of two
        return rng.standard_t(4, world.families) * world.spread / 2**0.5
    return rng.normal(0, world.spread, world.families)


def _sold(sales: Ints, rng: np.random.Generator) -> Floats:
    """Money of so many sales per cell, in sales of the usual size, as the product counts it."""
    amounts = np.exp(rng.normal(0, 1.1, int(sales.sum())))
    cell = np.repeat(np.arange(len(sales)), sales)
    total, squared = (np.bincount(cell, values, len(sales)) for values in (amounts, amounts**2))
    return total * (total.sum() / squared.sum())
