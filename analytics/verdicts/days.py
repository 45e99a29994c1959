"""This module owns the evidence as arrays: each creative's closed days in its scope, in the net per click.

net = value − asked: what clicks brought, in the money of the target, above what the target asks of them. ROAS:
revenue / target − cost; CPA: conversions × target − cost; profit per click: revenue − (cost + target × clicks). Above 0
a creative meets its target, whatever the objective.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.inference.interval import Floats, Masks

Ints = NDArray[np.int64]
COUNTED = ("clicks", "converted", "cost", "cost_allocated", "revenue")
COMPARED = ("clicks_compared", "rest_compared", "weight_compared")
# The columns of `evidence_days` that are read as numbers.
COLUMNS = (
    *COUNTED, "conversions", "conversions_squared", "revenue_squared", "revenue_capped", "capped_squared", *COMPARED,
    "converted_observed", "converted_expected", "converted_variance", "converted_variance_apart",
    "capped_observed", "capped_expected", "capped_variance", "capped_variance_apart",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Aim:
    """What a verdict judges by: profit_per_click, roas or cpa, and its target in the reporting currency, or times."""

    objective: str
    target: float


@dataclass(frozen=True, slots=True)
class Measures:
    """Sums, all in the money of the target but counts and `revenue`; of a day, or over a window per creative.

    `score` is what the creative brought above the rest of its scope on common support, less what its clicks cost more;
    `variance` is that of the permutation, `variance_apart` without the assumption that both are alike. `score_whole`
    and `variance_whole` are the same of whole days, without strata: of a ROAS or a CPA per money spent, else per click.
    """

    clicks: Floats
    converted: Floats
    cost: Floats
    cost_allocated: Floats
    revenue: Floats
    value: Floats
    value_squared: Floats
    capped: Floats
    capped_squared: Floats
    asked: Floats
    clicks_compared: Floats
    rest_compared: Floats
    weight_compared: Floats
    score: Floats
    variance: Floats
    variance_apart: Floats
    score_whole: Floats
    variance_whole: Floats


@dataclass(frozen=True, slots=True)
class Days:
    """`measures` of each row, which is a day (a number that counts days) of a unit: a creative in a scope.

    `scope` says per unit in which scope it is, 0 … `scopes` − 1; `step` is the most that one click can add to a score.
    """

    day: Ints
    unit: Ints
    scope: Ints
    scopes: int
    measures: Measures
    step: float
    worth: float = 0.0  # of a conversion, where it is known before there is any: a CPA's target

    @property
    def units(self) -> int:
        """How many creatives in scopes there are."""
        return len(self.scope)

    def only(self, rows: Masks) -> "Days":
        """Some of the rows; all units stay."""
        kept = Measures(*(getattr(self.measures, each.name)[rows] for each in fields(Measures)))
        return Days(self.day[rows], self.unit[rows], self.scope, self.scopes, kept, self.step, self.worth)

    def window(self, first: int, last: int) -> Measures:
        """The sums per unit over the days `first` to `last`."""
        rows = (self.day >= first) & (self.day <= last)
        return Measures(*(self.summed(getattr(self.measures, each.name)[rows], rows) for each in fields(Measures)))

    def summed(self, amounts: Floats, rows: Masks) -> Floats:
        """Amounts of some rows added up per unit."""
        return np.asarray(np.bincount(self.unit[rows], amounts, self.units), dtype=float)

    def first_days(self) -> Ints:
        """Each unit's first day; of one without a row the largest number."""
        found = np.full(self.units, np.iinfo(np.int64).max)
        np.minimum.at(found, self.unit, self.day)
        return found


def days_of(columns: Mapping[str, Floats], day: Ints, unit: Ints, scope: Ints, aim: Aim, cap: float | None) -> Days:
    """The evidence as `Days`, from COLUMNS of `evidence_days`; `cap` of a click's money in the reporting currency."""
    objective, target = aim.objective, aim.target
    c: dict[str, Any] = {name: np.asarray(columns[name], dtype=float) for name in COLUMNS}
    scopes = int(scope.max()) + 1 if len(scope) else 0
    asked = c["cost"] + (target * c["clicks"] if objective == "profit_per_click" else 0.0)
    if objective == "cpa":
        many = c["converted"].sum()
        unit_value = target * (c["conversions"].sum() / many if many else 1.0)
        value, squared = c["conversions"] * target, c["conversions_squared"] * target**2
        capped, capped_squared, measure, step = value, squared, "converted", unit_value
    else:
        unit_value = 1 / max(target, 1e-9) if objective == "roas" else 1.0
        value, squared = c["revenue"] * unit_value, c["revenue_squared"] * unit_value**2
        capped, capped_squared = c["revenue_capped"] * unit_value, c["capped_squared"] * unit_value**2
        measure, step = "capped", (cap or 0.0) * unit_value
    costs, per_cost = np.where(objective == "profit_per_click", asked, 0.0), objective != "profit_per_click"
    score_whole, variance_whole = _whole(capped - costs, capped_squared, c, (day, scope[unit], scopes), per_cost)
    above = (c[f"{measure}_observed"] - c[f"{measure}_expected"]) * unit_value
    return Days(day, unit, scope, scopes, Measures(
        **{name: c[name] for name in COUNTED}, value=value, value_squared=squared, capped=capped,
        capped_squared=capped_squared, asked=asked, **{name: c[name] for name in COMPARED},
        score=above - c["weight_compared"] * _dearer(c, day, scope[unit], scopes),
        variance=c[f"{measure}_variance"] * unit_value**2,
        variance_apart=c[f"{measure}_variance_apart"] * unit_value**2,
        score_whole=score_whole, variance_whole=variance_whole,
    ), step, target if objective == "cpa" else 0.0)  # fmt: skip


def _whole(
    net: Floats, squared: Floats, c: Mapping[str, Floats], at: tuple[Ints, Ints, int], per_cost: bool
) -> tuple[Floats, Floats]:
    """What the creative brought above what its share of the day brings: its share of the scope's clicks or cost.

    Costs have no device and no placement. Who gets dearer clicks of better strata, or pays twice for clicks worth
    twice, would seem to be worse than the rest by strata, and is not by what was spent.
    """
    if not len(net):
        return np.zeros(0), np.zeros(0)
    cell = _cells(*at)
    priced = np.bincount(cell, c["cost"])[cell] > 0
    share = np.where(priced & per_cost, c["cost"], c["clicks"])
    there = share > 0  # without a share of its own nothing is to be expected of it that day
    net, squared = np.where(there, net, 0.0), np.where(there, squared, 0.0)
    all_share, all_net, all_squared = (np.bincount(cell, each)[cell] for each in (share, net, squared))
    part = share / np.where(all_share > 0, all_share, 1.0)
    apart = (1 - part) ** 2 * squared + part**2 * (all_squared - squared)
    return net - part * all_net, np.maximum(apart, 0.0)


def _cells(day: Ints, scope: Ints, scopes: int) -> Ints:
    """Numbers the days of each scope."""
    return np.asarray(np.unique((day - day.min()) * scopes + scope, return_inverse=True)[1])


def _dearer(c: Mapping[str, Floats], day: Ints, scope: Ints, scopes: int) -> Floats:
    """What a click of the creative cost more that day than one of the rest of its scope; 0 where either has none."""
    if not len(day):
        return np.zeros(0)
    cell = _cells(day, scope, scopes)
    rest_cost = np.bincount(cell, c["cost"])[cell] - c["cost"]
    rest_clicks = np.bincount(cell, c["clicks"])[cell] - c["clicks"]
    both = (c["clicks"] > 0) & (rest_clicks > 0)
    clicks, rest = np.where(both, c["clicks"], 1.0), np.where(both, rest_clicks, 1.0)
    return np.where(both, c["cost"] / clicks - rest_cost / rest, 0.0)
