"""This module owns what an experiment measures: which unit its split is counted in, and its metric as sums per day."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analytics.inference.interval import Floats, Masks

# A column of days.sql → its numbers, shape (days, arms); `mature` is 1 on days whose money is settled, else 0;
# `day` are the days since 1970.
Sums = Mapping[str, Floats]
_CONVERTED = "clicks that converted"


@dataclass(frozen=True, slots=True)
class Goal:
    """What a click's money or conversions are worth for the objective: net = factor · (what it brings) − its cost."""

    factor: float
    of_conversions: bool


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric per unit: `units` and `total` per day and arm, `squared` and `hits` (units with a value) per arm.

    A unit with a value did what the metric counts; `hit` names such units. `cost` per day and arm is taken as known: it
    moves the value and adds no doubt.
    """

    metric: str
    units: Floats
    total: Floats
    squared: Floats
    hits: Floats
    cost: Floats
    hit: str = "clicks that earned"

    @property
    def is_proportion(self) -> bool:
        """Whether each unit counts 0 or 1."""
        return self.metric in ("ctr", "cvr")


def goal(metric: str, target: float) -> Goal:
    """Of the objective (`profit_per_click`, `roas`, `cpa`) and its target, in the reporting currency."""
    if metric == "cpa":
        return Goal(target, True)
    return Goal(1 / target if metric == "roas" and target > 0 else 1.0, False)


def unit_of(sums: Sums, wanted: str | None) -> tuple[str, Floats]:
    """The unit of the split, and its counts: impressions where every arm that was seen at all has them, else clicks.

    Impressions are the reported ones of campaigns that report them, unless only some arms have them then, or an ad's
    report had to be shared among texts: by their clicks, which is no count.
    """
    column = _impressions(sums)
    if wanted == "clicks" or (column is None and wanted is None):
        return "clicks", sums["clicks"] if sums["clicks"].sum() else sums["clicks_observed"]
    return "impressions", sums[column or _partial(sums)]


def metric_of(sums: Sums, wanted: str | None) -> str:
    """The metric asked for; else net per click where every arm with clicks has a cost, else EPC, CVR, CTR: the first
    of them that there is anything to measure by."""
    if wanted is not None:
        return wanted
    clicked = sums["clicks"].sum(axis=0) > 0
    if sums["revenue"].any() or sums["conversions"].any():
        if clicked.any() and (sums["cost"].sum(axis=0)[clicked] > 0).all():
            return "net_per_click"
        return "epc" if sums["revenue"].any() else "cvr"
    return "ctr" if _impressions(sums) else "net_per_click"


def measure(sums: Sums, metric: str, of: Goal) -> Measure:
    """The sums of a metric; of what follows a click on mature days only, of clicks themselves on all."""
    nothing = np.zeros_like(sums["clicks"])
    if metric == "ctr":
        column = _impressions(sums) or _partial(sums)
        units = sums[column]
        total = sums["counted_clicks" if column == "counted_impressions" else "clicks_observed"]
        total = np.minimum(total, units)
        hits = total.sum(axis=0)
        return Measure(metric, units, total, hits, hits, nothing, "impressions with a click")
    sums = {name: column * sums["mature"] for name, column in sums.items()}
    converted = sums["converted"].sum(axis=0)
    if metric == "cvr":
        return Measure(metric, sums["clicks"], sums["converted"], converted, converted, nothing, _CONVERTED)
    factor = of.factor if metric == "net_per_click" else 1.0
    cost = nothing if metric == "epc" else sums["cost"]
    if metric == "net_per_click" and of.of_conversions:
        squared = sums["conversions_squared"].sum(axis=0) * factor**2
        return Measure(metric, sums["clicks"], sums["conversions"] * factor, squared, converted, cost, _CONVERTED)
    squared, earning = sums["revenue_squared"].sum(axis=0) * factor**2, sums["earning"].sum(axis=0)
    return Measure(metric, sums["clicks"], sums["revenue"] * factor, squared, earning, cost)


def is_seen(sums: Sums) -> Masks:
    """Which arms were seen at all, in whatever way."""
    ways = ("impressions", "counted_impressions", "clicks", "clicks_observed")
    found: Masks = sum(sums[name].sum(axis=0) for name in ways) > np.zeros(sums["clicks"].shape[1])
    return found


def _impressions(sums: Sums) -> str | None:
    """The column of impressions that every arm that was seen has, or None."""
    seen = is_seen(sums)
    for name in ("counted_impressions", "impressions"):
        shared = name == "counted_impressions" and sums["cost_allocated"].any()
        if seen.any() and not shared and (sums[name].sum(axis=0)[seen] > 0).all():
            return name
    return None


def _partial(sums: Sums) -> str:
    """The column of impressions that some arms have, for who asks for impressions though not every arm has them."""
    is_observed = sums["impressions"].any() or sums["cost_allocated"].any()
    return "impressions" if is_observed else "counted_impressions"
