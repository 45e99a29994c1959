"""Verdicts in worlds whose truth is known, looked at after each of 60 days.

Evidence is drawn (clicks Poisson, conversions binomial, order values log-normal) and goes through the functions of the
fit: `infer`, `judge`, with yesterday's words. `said`: the share of scopes (equal worlds), or of the planted creatives,
that ever got a winner or a cut. `naive`: what 95 % by plain intervals of each day would have said. `day`: when half of
the planted ones were found. `wrong`: the share of creatives that ever got the word that is false of them. `changes`:
how often a creative's word changed in 60 days. `back`: how often a winner or a cut was taken back.
"""

from dataclasses import dataclass, replace

import numpy as np
from evidence import compared
from proving import Row

from analytics.config import Verdicts
from analytics.verdicts.days import COLUMNS, Aim, Days, days_of
from analytics.verdicts.inferred import Inferred, Least, dispersion, infer
from analytics.verdicts.judged import Known, judge
from analytics.verdicts.thresholds import Thresholds

PROMISES = (
    "Where all creatives of a scope are equal, at, above or below the target, winner or cut is said in under 5 % of"
    " scopes in 60 daily looks; also where days are wild, amounts uneven or clicks dearer.",
    "A creative that brings 40 % more than the others and meets its target is called winner, one that brings 40 % less"
    " and misses it is cut, in at least 80 % of cases once it has 300 conversions; one without any sale sooner. Alone"
    " in its scope, it takes 50 % more than the target asks.",
    "The false word is said of under 1 % of creatives, and under 1 % of winners and cuts are taken back.",
    "What is said with 97 % or more is so in at least 96 %.",
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
    differ: float = 0.0  # log-normal deviation of what creatives bring, and of what scopes do
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Said:
    """Words by (day, unit), and what the naive method would have said: whether winner or cut."""

    words: np.ndarray
    naive: np.ndarray

    @property
    def strong(self) -> np.ndarray:
        """Where winner or cut was said."""
        return np.isin(self.words, ("winner", "cut"))

    def ever(self, word: str) -> np.ndarray:
        """Of which units it ever was."""
        return (self.words == word).any(axis=0)


def drawn(world: World) -> tuple[Days, np.ndarray]:
    """The evidence of a world, a stratum per scope and day; and what each creative truly brings per 1 spent."""
    rng = np.random.default_rng(world.seed)
    shape = (world.scopes, world.creatives, DAYS)
    effect = np.resize(np.array(world.effects), world.creatives)[None, :, None]
    effect = effect * np.exp(
        rng.normal(0, world.differ, (*shape[:2], 1)) + rng.normal(0, world.differ, (world.scopes, 1, 1))
    )
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
    columns |= compared(clicks, sums["revenue_capped"], sums["capped_squared"], "capped")
    unit, day = np.divmod(np.arange(converted.size), DAYS)
    scope = np.repeat(np.arange(world.scopes), world.creatives)
    truth = np.broadcast_to(world.level * effect, (*shape[:2], 1)).ravel()
    return days_of(
        {name: each.ravel() for name, each in columns.items()}, day, unit, scope, Aim("roas", 1.0), cap
    ), truth


def looked(days: Days, window: int = 0, last: int = DAYS) -> Said:
    """Each day's words in a window of that many days (0: all), yesterday's carried on."""
    words, naive = [], []
    before = np.full(days.units, "", dtype="<U14")
    nothing = np.zeros(days.units, dtype=np.int64)
    for today in range(last):
        found = _inferred(days, window, today)
        known = Known(days.scope, days.scopes, nothing.astype(bool), nothing, before)
        before = judge(found, known, LIMITS).word.astype("<U14")
        words.append(before)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = found.net.value / (found.net.high - found.net.low) * 3.92
            beats = found.effect / found.effect_se
        sure = (np.fmin(z, beats) > 1.645) | (np.fmax(z, beats) < -1.645)
        naive.append(sure & (found.sums.clicks >= CLICKS_MIN))
    return Said(np.array(words), np.array(naive))


def _inferred(days: Days, window: int, today: int) -> Inferred:
    seen = days.only(days.day <= today)
    first = today - window + 1 if window else 0
    return infer(seen, first, today, Least(CLICKS_MIN, LIMITS.compared_share_min), dispersion(seen, today))


EQUAL = [
    World("equal, at the target", 200, 5, 100, 0.05),
    World("equal, below the target", 200, 5, 100, 0.05, 0.7),
    World("equal, above the target", 200, 5, 100, 0.05, 1.3),
    World("equal pairs, below the target", 200, 2, 100, 0.05, 0.7),
    World("equal pairs, wild days", 200, 2, 500, 0.1, 0.7, shock=0.3),
    World("twenty equal ones, few clicks", 60, 20, 30, 0.01),
    World("equal, wild days", 200, 5, 500, 0.1, shock=0.5),
    World("equal, uneven amounts", 200, 3, 100, 0.05, 1.3, sigma=1.2),
    World("alone, just at the target", 300, 1, 100, 0.05),
    World("equal profit, dearer clicks", 200, 3, 100, 0.05, 0.9, dearer=0.5),
]
SHORT = (0, 3, 4)
PLANTED = [
    World("40 % more and less, 5 conversions a day", 100, 5, 100, 0.05, 1.0, (1.4, 1, 1, 1, 0.6)),
    World("the same, 20 conversions a day", 100, 5, 400, 0.05, 1.0, (1.4, 1, 1, 1, 0.6)),
    World("one without any sale, 5 a day", 100, 5, 100, 0.05, 0.95, (1, 1, 0, 1, 1)),
    World("alone, 50 % above the target", 100, 1, 100, 0.05, 1.5),
    World("alone, 40 % below the target", 100, 1, 100, 0.05, 0.6),
]


def rows(short: bool) -> list[Row]:
    """The table: equal worlds, planted worlds, and how often what was sure was so."""
    equal = [EQUAL[at] for at in SHORT] if short else EQUAL
    found = [_equal_row(replace(world, scopes=world.scopes // 4) if short else world, 0) for world in equal]
    if not short:
        found.append(_equal_row(replace(EQUAL[2], name="equal, above the target, 7 days"), 7))
    for world in PLANTED[1:3] if short else PLANTED:
        found += _planted_rows(replace(world, scopes=world.scopes // 4) if short else world)
    return found + _sure_rows(60 if short else 400)


def _equal_row(world: World, window: int) -> Row:
    days, _ = drawn(world)
    said = looked(days, window)
    ever, naive = (_of_scopes(days, each.any(axis=0)) for each in (said.strong, said.naive))
    return {"world": world.name, "about": "scopes", "n": world.scopes, "said": f"{ever:.1%}", "naive": f"{naive:.1%}",
            "changes": _changes(said), "holds": ever < 0.05}  # fmt: skip


def _of_scopes(days: Days, units: np.ndarray) -> float:
    return float(np.mean(np.bincount(days.scope, units, days.scopes) > 0))


def _planted_rows(world: World) -> list[Row]:
    days, truth = drawn(world)
    said, made = looked(days), []
    best, worst = (truth > 1.3, "winner", "cut"), (truth < 0.7, "cut", "winner")
    innocent = ~best[0] & ~worst[0]
    for units, word, other in (best, worst):
        if not units.any():
            continue
        there = said.words[:, units] == word
        found = there.any(axis=0)
        wrong = np.mean(np.concatenate([said.ever(other)[units], said.ever(word)[innocent]]))
        back = np.mean((said.strong[:-1] & ~said.strong[1:])[:, units].any(axis=0))
        day = int(np.median(there.argmax(axis=0)[found])) + 1 if found.any() else None
        made.append({"world": world.name, "about": word, "n": int(units.sum()), "said": f"{found.mean():.1%}",
                     "day": day, "wrong": f"{wrong:.1%}", "back": f"{back:.1%}", "changes": _changes(said),
                     "holds": bool(found.mean() >= 0.8 and wrong < 0.01 and back < 0.01)})  # fmt: skip
    return made


def _sure_rows(scopes: int) -> list[Row]:
    """Worlds whose creatives differ as log-normal ones of 25 %, on the 7th, 14th, 30th and 60th day."""
    made: list[Row] = []
    for creatives in (2, 5, 20):
        days, truth = drawn(World("", max(4, 4 * scopes // creatives), creatives, 60, 0.05, differ=0.25))
        many = np.bincount(days.scope)[days.scope]
        rest = (np.bincount(days.scope, truth)[days.scope] - truth) / (many - 1)
        told: dict[str, list[np.ndarray]] = {}
        for today in (6, 13, 29, 59):
            found = _inferred(days, 0, today)
            for claim, p, is_so in (
                ("meets the target", found.level.above, truth > 1), ("misses it", 1 - found.level.above, truth < 1),
                ("beats the rest", found.apart.above, truth > rest),
            ):  # fmt: skip
                told.setdefault(claim, []).append(is_so[found.enough & (p >= 0.97)])
        for claim, each in told.items():
            so = np.concatenate(each)
            made.append({"world": f"{creatives} that differ", "about": f"97 % sure: {claim}", "n": len(so),
                         "said": f"{so.mean():.1%}", "holds": bool(so.mean() >= 0.96)})  # fmt: skip
    return made


def _changes(said: Said) -> str:
    return f"{(said.words[1:] != said.words[:-1]).sum(axis=0).mean():.1f}"
