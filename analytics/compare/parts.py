"""This module owns the rows of a comparison: one part of the gap each, with how sure it is, and the sum last.

Parts are exact (`inference.decomposition`). Their intervals come from leaving out one day after the other (the
jackknife: Tukey 1958; Efron & Stein 1981, Annals of Statistics 9:586): days are what varies, and a part with 0 in its
interval could as well be chance. Fewer than DAYS_MIN days give none.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from analytics.compare.reading import FIELDS, Amounts, Counts
from analytics.compare.steps import Chain, cost_chain, revenue_chain
from analytics.inference.decomposition import chain_parts, change, rates, whole
from analytics.inference.interval import student

DAYS_MIN = 5
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a gap, in the reporting currency; `value` and `against` are what the two sides have of it."""

    part: str
    formula: str | None
    value: float | None
    against: float | None
    gap: Decimal
    low: float | None
    high: float | None

    @property
    def is_sure(self) -> bool:
        """Whether its interval leaves out 0."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def of_creatives(first: Amounts, second: Amounts, kind: str, steps: frozenset[str]) -> list[Part]:
    """Why a click of the second creative brings more, or less, than one of the first. Both need clicks."""
    totals = [side.by_creative[0] for side in (first, second)]
    chains = _chains(np.array(totals), kind, steps, is_costed=all(side.total("cost") for side in (first, second)))
    chains = [chain.without(_skipped(chain, totals)) for chain in chains]
    exact = [_as_fractions(total)[None, :] for total in totals]
    parts = [chain.sign * part for chain in chains for part in chain_parts(*(chain.of(each) for each in exact))[:, 0]]
    gap = sum(parts, Fraction(0))
    daily = [side.values[0] for side in (first, second)]
    halves = _halves_of_pair(chains, daily)
    return [
        *_rows(chains, _shown(chains, totals), whole(parts, round(gap)), halves[:-1]),
        _part("sum", _formula(chains), _per_click(chains, totals), round(gap), halves[-1]),
    ]


def of_periods(first: Amounts, second: Amounts, kind: str, steps: frozenset[str]) -> list[Part]:
    """Why the second period brought more profit, or less, than the first; both hold the same creatives."""
    sides = [side.by_creative for side in (first, second)]
    chains = _chains(np.array(sides), kind, steps, is_costed=True)
    if len(first.creatives) == 1:
        chains = [chain.without(_skipped(chain, [side[0] for side in sides])) for chain in chains]
    gap = sum(chain.sign * (second.total(chain.fields[-1]) - first.total(chain.fields[-1])) for chain in chains)
    parts = _changed(chains, *sides)
    halves = _halves_of_periods(chains, first.values, second.values)
    counts = whole([float(part) for part in parts], gap)
    clicks = [side[:, 0] for side in sides]
    lone = [int(((a == 0) & (b > 0)).sum()) for a, b in (clicks, reversed(clicks))]
    sums = [side.sum(axis=0) for side in sides]
    head = [
        ("volume", "clicks", (int(clicks[0].sum()), int(clicks[1].sum()))), ("mix", None, (None, None)),
        ("new", "creatives with clicks", (0, lone[0])), ("gone", "creatives with clicks", (lone[1], 0)),
    ]  # fmt: skip
    rows = [_part(name, formula, shown, counts[n], halves[n]) for n, (name, formula, shown) in enumerate(head)]
    rows += _rows(chains, _shown(chains, sums), counts[len(head) : -1], halves[len(head) : -2])
    rows.append(_part("without_clicks", None, (None, None), counts[-1], halves[-2]))
    profits = [sum(c.sign * int(side[FIELDS.index(c.fields[-1])]) for c in chains) / MILLION for side in sums]
    found = [row for row in rows if row.gap or row.value or row.against]
    return [*found, _part("sum", "revenue - cost", (profits[0], profits[1]), gap, halves[-1])]


def _chains(values: Counts, kind: str, steps: frozenset[str], *, is_costed: bool) -> list[Chain]:
    totals = dict(zip(FIELDS, values.reshape(-1, len(FIELDS)).sum(axis=0).tolist(), strict=True))
    paid = [cost_chain(values)] if is_costed and totals["cost"] else []
    return [revenue_chain(kind, steps, totals), *paid]


def _skipped(chain: Chain, totals: Sequence[Counts]) -> list[str]:
    """Steps that one of two sides passed over."""
    *_, skipped = rates(*(chain.of(total)[None, :] for total in totals))
    return [field for field, is_skipped in zip(chain.fields[1:], skipped[:, 0], strict=True) if is_skipped]


def _changed(chains: Sequence[Chain], first: Counts, second: Counts) -> Counts:
    """Volume, mix, new, gone, the steps and what had no clicks, in millionths."""
    sides = [[(chain.of(side).astype(float), chain.sign) for chain in chains] for side in (first, second)]
    found = change(sides[0], sides[1], (first[:, 0], second[:, 0]))
    return np.array([found.volume, found.mix, found.new, found.gone, *found.steps, found.without_clicks])


def _rows(chains: Sequence[Chain], shown: Any, gaps: Sequence[int], halves: Counts) -> list[Part]:
    named = [(name, formula) for chain in chains for name, formula in zip(chain.names, chain.formulas, strict=True)]
    return [_part(*named[n], shown[n], gaps[n], halves[n]) for n in range(len(named))]


def _part(name: str, formula: str | None, shown: tuple[Any, Any], gap: int, half: float) -> Part:
    value = Decimal(gap).scaleb(-6)
    is_known = bool(np.isfinite(half))
    low, high = (round(float(value) + sign * float(half), 6) if is_known else None for sign in (-1, 1))
    against, own = (None if each is None else round(each, 6) for each in shown)
    return Part(name, formula, own, against, value, low, high)


def _shown(chains: Sequence[Chain], totals: Sequence[Counts]) -> list[tuple[float | None, float | None]]:
    """The rates of both sides: first, second; money in units, CTR as clicks of impressions."""
    first, second = totals
    return [
        (_rate(before, field, first), _rate(before, field, second))
        for chain in chains
        for before, field in zip(chain.fields, chain.fields[1:], strict=False)
    ]


def _rate(before: str, field: str, total: Counts) -> float | None:
    top, bottom = int(total[FIELDS.index(field)]), int(total[FIELDS.index(before)])
    if field == "reported_impressions":
        top, bottom = bottom, top
    return top / bottom / (MILLION if field in ("revenue", "cost") else 1) if bottom else None


def _per_click(chains: Sequence[Chain], totals: Sequence[Counts]) -> tuple[float, float]:
    first, second = (
        sum(c.sign * int(total[FIELDS.index(c.fields[-1])]) for c in chains) / int(total[0]) / MILLION
        for total in totals
    )
    return first, second


def _formula(chains: Sequence[Chain]) -> str:
    return "(revenue - cost) / clicks" if len(chains) > 1 else "revenue / clicks"


def _as_fractions(total: Counts) -> Counts:
    return np.array([Fraction(int(each)) for each in total], dtype=object)


def _halves_of_pair(chains: Sequence[Chain], daily: Sequence[Counts]) -> Counts:
    """Half widths of the parts' intervals and of their sum's: a day is left out on both sides at once."""
    days = np.flatnonzero((daily[0].any(axis=1)) | (daily[1].any(axis=1)))
    left = [side.sum(axis=0) - side[days] for side in daily]
    size = sum(len(chain.fields) - 1 for chain in chains) + 1
    if len(days) < DAYS_MIN or not all((side[:, 0] > 0).all() for side in left):
        return np.full(size, np.nan)
    found = [chain.sign * chain_parts(*(chain.of(side).astype(float) for side in left)) for chain in chains]
    return _with_sum(np.concatenate(found).T, (slice(None),))


def _halves_of_periods(chains: Sequence[Chain], first: Counts, second: Counts) -> Counts:
    """The same of two periods: a day belongs to one of them, and their variances add up."""
    found: list[Counts] = []
    groups: list[slice] = []
    for side, of in (
        (first, lambda left: (left, second.sum(axis=1))),
        (second, lambda left: (first.sum(axis=1), left)),
    ):
        days = np.flatnonzero(side.any(axis=(0, 2)))
        groups.append(slice(len(found), len(found) + len(days)))
        found += [_scaled(chains, of, side, int(day), len(days)) for day in days]
    if min(each.stop - each.start for each in groups) < DAYS_MIN:
        return np.full(sum(len(chain.fields) - 1 for chain in chains) + 6, np.nan)
    return _with_sum(np.array(found), groups)


def _scaled(
    chains: Sequence[Chain], of: Callable[[Counts], tuple[Counts, Counts]], side: Counts, day: int, days: int
) -> Counts:
    """Without a day the period is as long as before: a shorter one would be less volume, and nothing else."""
    left = (side.sum(axis=1) - side[:, day]) * (days / (days - 1) if days > 1 else 1)
    return _changed(chains, *of(left))


def _with_sum(found: Counts, groups: Sequence[slice]) -> Counts:
    """Half widths from what is left without each day (days, parts), group by group; the last is that of the sum."""
    each = np.column_stack([found, found.sum(axis=1)])
    variance, freedom = np.zeros(each.shape[1]), 0
    for group in groups:
        left = each[group]
        variance += (len(left) - 1) / len(left) * ((left - left.mean(axis=0)) ** 2).sum(axis=0)
        freedom += len(left) - 1
    return np.asarray(student(freedom) * np.sqrt(variance) / MILLION)
