"""This module owns how amounts grow with the age of their clicks: the curve, and what is still to come. Pure functions.

The chain ladder of insurance, read backwards: of what has come by an age, which part came on its last day; from the
oldest age down these parts multiply to the share that has come. A young day, of which the later ages are not known yet,
counts in the ages that it has lived (censoring), as in a reversed Kaplan–Meier estimate (Lagakos, Barraj and De
Gruttola 1988, Biometrika 75:515). Standard errors after Mack 1993 (ASTIN Bulletin 23:213).
"""

from dataclasses import dataclass

import numpy as np

from analytics.inference.interval import LEVEL, Floats, Interval, Masks, quantile, special

DAYS_MIN = 7  # that have lived an age and brought something: below, nobody knows how it goes on after it
SURE_SHAPE = 3.7  # of a gamma below which "nothing more comes" is likelier than 2.5 %: exp(-3.7)


@dataclass(frozen=True, slots=True)
class Curve:
    """The share of the amount at `final_age` that has come by ages 0 … final_age, with the range of single days.

    `days` counts the days that each age was learned from. `rate` is the final amount per click; `error` the variance of
    what is still to come, per click, at each age, from `days_final` days that are known to their end; `falls`: whether
    amounts were ever taken back.
    """

    share: Floats
    low: Floats
    high: Floats
    days: Floats
    rate: float
    error: Floats
    days_final: int
    falls: bool

    @property
    def final_age(self) -> int:
        """The age at which nothing more is expected."""
        return len(self.share) - 1

    def age_of(self, share: float) -> int:
        """The first age from which at least that share has come, and stays."""
        short = np.flatnonzero(self.share < share)
        return int(short[-1]) + 1 if len(short) else 0


def learn(amounts: Floats, clicks: Floats, lived: Floats) -> Curve | None:
    """The curve from what came per click day and age, shape (days, ages); `lived` is the last age known of each day.

    None where fewer than DAYS_MIN days brought anything.
    """
    ages = np.arange(amounts.shape[1])
    known: Masks = ages[None, :] <= lived[:, None]
    came = np.where(known, amounts, 0.0)
    by_age = np.cumsum(came, axis=1)
    told = known & (by_age > 0)
    enough = np.flatnonzero(told.sum(axis=0) >= DAYS_MIN)
    if not len(enough):
        return None
    final = int(enough[-1])
    share, error_squared = _backwards(came, by_age, told, final)
    whole = known[:, final] & (by_age[:, final] > 0)
    falls = bool((came < 0).any())
    low, high = _ranges(by_age[whole, : final + 1], share, error_squared)
    high = high if falls else np.minimum(high, 1.0)
    reached = np.append(share, 1.0)[np.minimum(lived, final + 1).astype(int)]
    rate = float(by_age[np.arange(len(lived)), np.minimum(lived, final).astype(int)].sum() / (clicks * reached).sum())
    usable = known[:, final] & (clicks > 0)
    error = _errors(by_age[usable, : final + 1], clicks[usable], share, rate)
    return Curve(share, low, high, told.sum(axis=0)[: final + 1].astype(float), rate, error, int(usable.sum()), falls)


def _backwards(came: Floats, by_age: Floats, told: Masks, final: int) -> tuple[Floats, Floats]:
    """(share, squared relative standard error) at ages 0 … final."""
    share, relative = np.ones(final + 1), np.zeros(final + 1)
    for age in range(final, 0, -1):
        mine = told[:, age]
        volume, days = by_age[mine, age].sum(), int(mine.sum())
        last_day = came[mine, age].sum() / volume if volume > 0 else 0.0
        apart = by_age[mine, age] * (came[mine, age] / by_age[mine, age] - last_day) ** 2
        spread = apart.sum() / max(1, days - 1)
        share[age - 1] = share[age] * (1 - last_day)
        left = (1 - last_day) ** 2
        relative[age - 1] = relative[age] + (spread / volume / left if volume > 0 and left > 0 else 0.0)
    return share, relative


def _ranges(by_age: Floats, share: Floats, relative: Floats) -> tuple[Floats, Floats]:
    """Where the share of a single day lies: the spread between days whose end is known, and the curve's own error."""
    final = by_age[:, -1]
    apart = (final[:, None] * (by_age / final[:, None] - share) ** 2).sum(axis=0) / final.sum()
    days = max(2, len(final))
    half = quantile(LEVEL) * np.sqrt(apart * days / (days - 1) + relative * share**2)
    return np.maximum(share - half, 0.0), share + half


def _errors(by_age: Floats, clicks: Floats, share: Floats, rate: float) -> Floats:
    """How far what was still to come lay from what would have been projected, squared and per click, at each age."""
    if not len(clicks):
        return np.full(len(share), np.nan)
    ahead = by_age[:, -1:] - by_age
    missed = (ahead - to_come(by_age, clicks[:, None], share, rate)) ** 2 / clicks[:, None]
    found: Floats = missed.sum(axis=0) / max(1, len(clicks) - 1)
    return found


def to_come(so_far: Floats, clicks: Floats, share: Floats, rate: float) -> Floats:
    """What is still to come: by what has come where much has, by what clicks usually bring where little has.

    Benktander's mixture of the chain ladder and of Bornhuetter–Ferguson, weighted by the share that has come (Mack
    2000, ASTIN Bulletin 30:333).
    """
    weight = np.clip(share, 0.0, 1.0)
    ladder = np.divide(so_far, share, out=np.zeros(np.broadcast(so_far, share).shape), where=share > 0)
    expected = weight * ladder + (1 - weight) * rate * clicks
    return np.asarray((1 - share) * expected)


def at(curve: Curve, ages: Floats, column: Floats) -> Floats:
    """A column of the curve at ages between whole ones; -1 is before the first day, and past the end stays the end."""
    start = 0.0 if column is curve.share else float(column[0])
    return np.asarray(np.interp(ages, np.arange(-1, len(column)), np.concatenate([[start], column])))


def project(curve: Curve, so_far: Floats, clicks: Floats, ages: Floats, counts: bool = False) -> Interval:
    """The final amounts of days with their 95 % ranges, from what has come of their clicks by `ages` (in days).

    `counts`: whole things, so a range is widened to whole numbers. The error is that of the days that are known to
    their end, with Student's t for their number; skewed (a gamma) where nothing is ever taken back.
    """
    more = to_come(so_far, clicks, at(curve, ages, curve.share), curve.rate)
    dof = max(1, curve.days_final - 1)
    widen = (special().stdtrit(dof, 0.5 + LEVEL / 2) / quantile(LEVEL)) ** 2
    variance = np.maximum(at(curve, ages, curve.error) * clicks * widen, 0.0)
    half = quantile(LEVEL) * np.sqrt(variance)
    low, high = more - half, more + half
    if not curve.falls:
        low, high = _skewed(np.maximum(more, 0.0), variance)
    low, high = np.maximum(so_far + low, np.minimum(so_far, 0.0)), so_far + high  # refunds take back what was paid
    if counts:
        low, high = np.floor(low + 1e-9), np.ceil(high - 1e-9)
    return Interval(so_far + more, low, high)


def _skewed(mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """The middle 95 % of gammas; from 0 where nothing at all is likely enough."""
    sure = (mean <= 0) | (variance <= 0)
    shape = np.where(sure, 1.0, mean**2 / np.where(sure, 1.0, variance))
    scale = np.where(sure, 0.0, variance / np.where(sure, 1.0, mean))
    tail = (1 - LEVEL) / 2
    low = special().gammaincinv(shape, tail) * scale
    high = special().gammaincinv(shape, 1 - tail) * scale
    return np.where(sure, mean, np.where(shape < SURE_SHAPE, 0.0, low)), np.where(sure, mean, high)
