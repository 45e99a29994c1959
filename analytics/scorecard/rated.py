"""This module owns the rates of the scorecard: columns of sums in, columns of rates with their intervals out.

It runs in every cycle over every creative, window and scope, so all of it is arithmetic on whole columns, and what is
pooled (the spread of money, the priors of shrinkage) is worked out by moments, for all scopes at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.inference import money, shrinkage
from analytics.inference.interval import Floats, Interval, inverse, scale, shift
from analytics.inference.proportions import wilson

MILLION = 1e6
CREATIVES_MIN = 3  # of a scope that has a prior of its own; with fewer the pool of the window tells it
# Sessions that reached a step, of those that could; ctr has reported clicks where impressions are reported.
PROPORTIONS = {
    "ctr": ("clicks", "impressions"),
    "lp_rate": ("sessions", "clicks"),
    "ctr1": ("search_sessions", "sessions"),
    "serp_rate": ("results_sessions", "search_sessions"),
    "ctr2": ("ad_click_sessions", "results_sessions"),
    "cvr": ("converted", "clicks"),
}
WITH_LIMITS = (*PROPORTIONS, "epc", "epc_capped", "profit_per_click", "roas", "cpa", "rpc", "rps")
SHRUNK = (*PROPORTIONS, "epc")
Sums = Mapping[str, Floats]
Columns = dict[str, Floats]


@dataclass(frozen=True, slots=True)
class Cells:
    """Which scope and window each row is of, and which cell is the pool of its window."""

    cell: NDArray[np.int64]
    pool: NDArray[np.int64]
    count: int

    def sums(self, values: Floats) -> Floats:
        """The sum of each cell, at each of its rows; the pool's where the cell's is not positive."""
        found = np.bincount(self.cell, values, self.count)
        return np.where(found[self.cell] > 0, found[self.cell], found[self.pool])

    def told_by(self, known: NDArray[np.bool_]) -> NDArray[np.int64]:
        """For each row the cell that tells its prior: its own from CREATIVES_MIN known creatives on, else the pool."""
        enough = np.bincount(self.cell, known, self.count) >= CREATIVES_MIN
        return np.where(enough[self.cell], self.cell, self.pool)


def rates(sums: Sums, cells: Cells, capped: bool) -> Columns:
    """Every rate, with `_low`, `_high` and `_shrunk`, nan where unknown. Money in the reporting currency.

    `sums` has the columns of `scorecard_sums` as doubles. CVR, EPC, profit per click and ROAS are of the clicks of
    mature days where there are any, everything else of all. Without a cap (`capped`) there is no capped EPC.
    """
    based = _based(sums)
    found: Columns = {}
    for name, (k, n) in _pairs(sums, based).items():
        _put(found, name, wilson(k, n))
        a, b = shrinkage.beta_priors(k, n, cells.cell, cells.count)
        told = cells.told_by(n > 0)
        found[f"{name}_shrunk"] = np.where(n > 0, shrinkage.beta_mean(k, n, (a[told], b[told])), np.nan)
    _money(found, sums, based, cells, capped)
    return found


def _based(sums: Sums) -> Columns:
    """The click sums of mature days where there are any, else of all."""
    mature = sums["mature_clicks"] > 0
    names = (
        "clicks",
        "converted",
        "earning",
        "revenue_millionths",
        "revenue_squared",
        "capped_millionths",
        "capped_squared",
    )
    based = {name: np.where(mature, sums[f"mature_{name}"], sums[f"all_{name}"]) for name in names}
    return based | {"cost": np.where(mature, sums["mature_cost"], sums["cost"])}


def _pairs(sums: Sums, based: Columns) -> dict[str, tuple[Floats, Floats]]:
    """Numerators and denominators; a rate cannot exceed one, whatever came late."""
    reported = sums["reported_impressions"] > 0  # both sides reported, or both observed: never mixed in one rate
    found = {name: (sums[top], sums[bottom]) for name, (top, bottom) in PROPORTIONS.items() if name != "cvr"}
    clicks, impressions = found["ctr"]
    found["ctr"] = (
        np.where(reported, sums["reported_clicks"], clicks),
        np.where(reported, sums["reported_impressions"], impressions),
    )
    found["cvr"] = (based["converted"], based["clicks"])
    return {name: (np.clip(top, 0, bottom), bottom) for name, (top, bottom) in found.items()}


def _money(found: Columns, sums: Sums, based: Columns, cells: Cells, capped: bool) -> None:
    clicks = based["clicks"]
    epc, spread = _per_click(based, "revenue", clicks, cells)
    with np.errstate(divide="ignore", invalid="ignore"):
        cpc = np.where(clicks > 0, based["cost"] / clicks, np.nan)
        dearer = np.where(cpc > 0, 1 / cpc, np.nan)
        cpa = np.where(sums["conversions"] > 0, sums["cost"] / sums["conversions"], np.nan)
    _put(found, "epc", epc)
    found["epc_shrunk"] = _shrunk(based, epc.value, cells)
    if capped:
        _put(found, "epc_capped", _per_click(based, "capped", clicks, cells)[0])
    else:
        _put(found, "epc_capped", Interval(*(np.full(clicks.shape, np.nan) for _ in range(3))))
    _put(found, "profit_per_click", shift(epc, -cpc))
    _put(found, "roas", scale(epc, dearer))
    converted = wilson(np.clip(sums["all_converted"], 0, sums["all_clicks"]), sums["all_clicks"])
    _put(found, "cpa", _around(cpa, inverse(converted, 1.0)))
    for name, of in (("rpc", "ad_clicks"), ("rps", "sessions")):
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.where(sums[of] > 0, sums["revenue"] / sums[of], np.nan)
        mean = money.per_click(*_sums(sums, "all_", "revenue"), sums[of], sums["all_earning"], spread)
        _put(found, name, _around(value, mean))


def _sums(based: Sums, basis: str, measure: str) -> tuple[Floats, Floats]:
    return based[f"{basis}{measure}_millionths"] / MILLION, based[f"{basis}{measure}_squared"] / MILLION**2


def _per_click(based: Columns, measure: str, clicks: Floats, cells: Cells) -> tuple[Interval, Floats]:
    """Money per click, and the spread of its scope (of the pool, where the scope does not tell it)."""
    total, squared = _sums(based, "", measure)
    earning = based["earning"]
    pooled = money.spreads(total, squared, earning, cells.cell, cells.count)
    spread = np.where(np.isnan(pooled[cells.cell]), pooled[cells.pool], pooled[cells.cell])
    many = cells.sums(earning)
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = np.where(many > 0, np.maximum(cells.sums(total), 0.0) / many, np.nan)
    return money.per_click(total, squared, clicks, earning, spread, worth=worth), spread


def _shrunk(based: Columns, epc: Floats, cells: Cells) -> Floats:
    """EPC drawn to its scope's, with the variance of a click of the scope: its own goes up and down with its mean."""
    total, squared = _sums(based, "", "revenue")
    clicks = based["clicks"]
    many, whole, squares = (np.bincount(cells.cell, each, cells.count) for each in (clicks, total, squared))
    divisor = np.where(many > 0, many, 1.0)
    of_click = np.maximum(squares / divisor - (whole / divisor) ** 2, 0.0)
    told = cells.told_by(clicks > 0)
    variance = np.where(clicks > 0, of_click[told] / np.where(clicks > 0, clicks, 1.0), np.nan)
    own = np.where(clicks > 0, of_click[cells.cell] / np.where(clicks > 0, clicks, 1.0), np.nan)
    mean, between = shrinkage.normal_priors(epc, own, cells.cell, cells.count)
    means, _ = shrinkage.posterior(epc, variance, (mean[told], between[told]))
    return np.where(clicks > 0, np.where(np.isnan(means), epc, means), np.nan)


def _around(value: Floats, interval: Interval) -> Interval:
    """The value with an interval as wide, in proportion, as that of the clicks: refunds and settlements move both."""
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(interval.value > 0, value / interval.value, np.nan)
    ends = factor * interval.low, factor * interval.high
    low, high = np.minimum(*ends), np.maximum(*ends)  # what more was paid back than came in lies below zero
    nothing = (value == 0) & (interval.value == 0)
    return Interval(value, np.where(nothing, interval.low, low), np.where(nothing, interval.high, high))


def _put(found: Columns, name: str, interval: Interval) -> None:
    found[name], found[f"{name}_low"], found[f"{name}_high"] = interval.value, interval.low, interval.high
