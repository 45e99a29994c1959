"""This module owns what happened after a verdict: what the next days brought its creative, and how noisy they are."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from analytics.inference.interval import Floats
from analytics.verdicts.days import Days, Ints
from analytics.verdicts.inferred import dispersion
from analytics.verdicts.spread import spread_of

PACE_DAYS = 28  # before the verdict: what the days after it will bring must not decide whether they are enough


@dataclass(frozen=True, slots=True)
class After:
    """Per verdict, of the days after it; nan is unknown. The net per click in the money of the target.

    `compared` are the clicks beside others of the scope; `conversions` are those to be expected of a click, at the pace
    of the scope before. `ahead` is the net per click above the rest, `…_variance` its noise. The noise of `net` depends
    on what is expected of the creative: of `net_mean` it is `net_noise` · (`net_mean` + `asked`).
    """

    clicks: Floats
    compared: Floats
    conversions: Floats
    ahead: Floats
    ahead_variance: Floats
    net: Floats
    asked: Floats
    net_noise: Floats


class Followed:
    """The evidence, sorted so that many verdicts can be followed at once."""

    def __init__(self, days: Days, mature: int) -> None:
        """`mature` is the last mature day: later ones do not count."""
        self._days = days.only(days.day <= mature)
        self._spread = spread_of(self._days.window(-(2**31), mature), days.scope, days.scopes, days.step)
        self._dispersed = [each.seen for each in dispersion(self._days, mature)]

    def after(self, unit: Ints, day: Ints, after_days: int) -> After:
        """Of verdicts about `unit`s on `day`, what the `after_days` days after brought; `unit` must be one."""
        m, scope = self._days.measures, self._days.scope[unit]
        total = self._units.sums(unit, day + 1, day + after_days)
        clicks, compared, weight = total(m.clicks), total(m.clicks_compared), total(m.weight_compared)
        n, w = (np.where(each > 0, each, np.nan) for each in (clicks, weight))
        variance = self._dispersed[1][scope] * np.maximum(total(m.variance), total(m.variance_apart))
        asked = total(m.asked)
        before = self._scopes.sums(scope, day - PACE_DAYS + 1, day)
        seen = before(m.clicks)
        pace = np.where(seen > 0, before(m.converted) / np.where(seen > 0, seen, 1.0), 0.0)
        return After(
            clicks, compared, pace, total(m.score) / w, variance / w**2, (total(m.value) - asked) / n, asked / n,
            self._dispersed[0][scope] * self._spread.size[unit] / n,
        )  # fmt: skip

    @cached_property
    def _units(self) -> "_Sorted":
        return _Sorted(self._days.unit, self._days.day)

    @cached_property
    def _scopes(self) -> "_Sorted":
        return _Sorted(self._days.scope[self._days.unit], self._days.day)


class _Sorted:
    """Rows by key and day, so that those of a key and a few days lie beside each other."""

    def __init__(self, key: Ints, day: Ints) -> None:
        self._first = int(day.min(initial=0))
        self._span = int(day.max(initial=0)) - self._first + 2
        code = self._code(key, day)
        self._order = np.argsort(code, kind="stable")
        self._codes = code[self._order]

    def _code(self, key: Ints, day: Ints) -> Ints:
        """Days outside of what there is are the ends of it."""
        return np.asarray(key * self._span + np.clip(day - self._first, 0, self._span - 1), dtype=np.int64)

    def sums(self, key: Ints, first: Ints, last: Ints) -> "_Sums":
        """Sums over the days `first` to `last` of each key."""
        low = np.searchsorted(self._codes, self._code(key, first), "left")
        high = np.searchsorted(self._codes, self._code(key, last), "right")
        return _Sums(self._order, low, np.where(last < self._first, low, high))


@dataclass(frozen=True, slots=True)
class _Sums:
    order: Ints
    low: Ints
    high: Ints

    def __call__(self, values: Floats) -> Floats:
        """Exact, whatever lies before: no difference of running sums."""
        if not len(self.low):
            return np.zeros(0)
        ends = np.column_stack([self.low, np.maximum(self.high, self.low)]).ravel()
        found = np.add.reduceat(np.append(values[self.order], 0.0), ends)[::2]
        return np.where(self.high > self.low, found, 0.0)
