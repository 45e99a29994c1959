"""This module owns exact decompositions: the gap of a product in parts of its factors, and a change over time in parts.

The part of a factor is its marginal effect averaged over all orders in which the factors could have changed: the
Shapley decomposition (Shorrocks 2013, Journal of Economic Inequality 11:99-126). The parts sum to the gap, no factor is
preferred to another, swapping the sides swaps the signs, and nothing is divided, so that zeros do no harm.
Arrays hold floats, or objects (`fractions.Fraction`): then every part is exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import factorial
from typing import Any

import numpy as np

Numbers = Any  # a numpy array of floats or Fractions
TOLERANCE = 1e-9  # of float parts that are rounded to their total: more is no rounding but a mistake


@dataclass(frozen=True, slots=True)
class Change:
    """How a total changed, in the total's unit: parts that sum to it.

    `volume` more or fewer clicks, `mix` clicks moved between creatives that ran on both sides, `new` and `gone` those
    that ran on one side only, against the average creative; `steps` (K,) the steps within creatives;
    `without_clicks` money of creatives that had no click on a side.
    """

    volume: float
    mix: float
    new: float
    gone: float
    steps: Numbers
    without_clicks: float


def product_parts(first: Numbers, second: Numbers) -> Numbers:
    """The parts of prod(second) - prod(first) by factor; arrays (K, …) of factors, parts of the same shape.

    part_i = (y_i - x_i) · Σ_s s!(K-1-s)!/K! · e_s, where e_s sums the products of the other factors over all choices of
    s of them that have changed already: the coefficients of Π_j (x_j + y_j·z).
    """
    factors = len(first)
    parts = []
    for i in range(factors):
        coefficients = [first[i] * 0 + 1]
        for j in range(factors):
            if j != i:
                coefficients = _times(coefficients, first[j], second[j])
        weighed = sum(
            (factorial(s) * factorial(factors - 1 - s) * each for s, each in enumerate(coefficients)), first[i] * 0
        )
        parts.append((second[i] - first[i]) * weighed / factorial(factors))
    return np.array(parts)


def rates(first: Numbers, second: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """The rates of two chains of amounts (C, K+1), such as clicks, sessions, searches, revenue; and what was skipped.

    Rates are (K, C): each amount over the one before it. A rate without a denominator is unknown and is taken to be the
    other side's, so that it explains nothing; unknown on both sides it is 0. A step that was passed over (nothing
    counted there, and something behind it) is left out on both sides: its rate is 1, and the next step stands on the
    one before. `skipped` (K, C) says where. Amounts of the first step must not be 0.
    """
    x, y = first.copy(), second.copy()
    steps = x.shape[1] - 1
    skipped = np.zeros((steps, len(x)), dtype=bool)
    for i in range(1, steps):
        passed = [(side[:, i] == 0) & (side[:, i + 1 :] != 0).any(axis=1) for side in (x, y)]
        skip = passed[0] | passed[1]
        x[:, i], y[:, i] = np.where(skip, x[:, i - 1], x[:, i]), np.where(skip, y[:, i - 1], y[:, i])
        skipped[i - 1] = skip
    known = [(side[:, :-1] != 0).T for side in (x, y)]
    found = [(side[:, 1:] / np.where(side[:, :-1] == 0, 1, side[:, :-1])).T for side in (x, y)]
    return (
        np.where(known[0], found[0], np.where(known[1], found[1], 0)),
        np.where(known[1], found[1], np.where(known[0], found[0], 0)),
        skipped,
    )


def chain_parts(first: Numbers, second: Numbers) -> Numbers:
    """The gap of last over first amount between two chains (C, K+1), by step: (K, C). Every pair of rows is its own."""
    x, y, _ = rates(first, second)
    return product_parts(x, y)


def change(
    first: Sequence[tuple[Numbers, int]], second: Sequence[tuple[Numbers, int]], clicks: tuple[Numbers, Numbers]
) -> Change:
    """The change of a total over time = volume + mix + new + gone + the steps within creatives + without clicks.

    `first` and `second` are chains (C, K+1) that begin with the clicks of C creatives, and their signs (revenue +1,
    cost -1): the total is the signed sum of their last columns. Three factors share it by Shapley: all clicks, each
    creative's share of them, and its total per click; the last is shared over its steps. A creative of one side only
    has on the other the total per click that it has here: nothing of it is a change within.
    """
    n1, n2 = (np.asarray(side, dtype=float) for side in clicks)
    signs = [sign for _, sign in first]
    worth1, worth2 = (sum(sign * chain[:, -1] for chain, sign in side) for side in (first, second))
    silent = float(np.where(n2 == 0, worth2, 0).sum() - np.where(n1 == 0, worth1, 0).sum())
    on1, on2, both = n1 > 0, n2 > 0, (n1 > 0) & (n2 > 0)
    per1 = np.where(on1, worth1, worth2) / np.where(on1, n1, np.where(on2, n2, 1))
    per2 = np.where(on2, worth2, worth1) / np.where(on2, n2, np.where(on1, n1, 1))
    all1, all2 = float(n1.sum()), float(n2.sum())
    if not all1 or not all2:  # nothing ran on a side: all of it came, or went
        new, gone = float((per2 * n2).sum()), -float((per1 * n1).sum())
        return Change(0.0, 0.0, new, gone, np.zeros(sum(c.shape[1] - 1 for c, _ in first)), silent)
    share1, share2 = n1 / all1, n2 / all2
    # Parts of N·s·m: weights of the other two factors, one third where they stand together, one sixth where mixed.
    volume = (all2 - all1) * _pair(share1, share2, per1, per2).sum()
    height = _pair(all1, all2, per1, per2)
    average = _pair(all1, all2, float((share1 * per1).sum()), float((share2 * per2).sum()))
    moved = (share2 - share1) * (height - average)  # the shares' changes sum to 0: any constant may be taken off
    weight = np.where(both, _pair(all1, all2, share1, share2), 0)
    steps = [
        sign * (chain_parts(a[both], b[both]) * weight[both]).sum(axis=1)
        for (a, _), (b, _), sign in zip(first, second, signs, strict=True)
    ]
    return Change(
        float(volume), float(moved[both].sum()), float(moved[on2 & ~on1].sum()), float(moved[on1 & ~on2].sum()),
        np.concatenate(steps), silent,
    )  # fmt: skip


def whole(parts: Sequence[Fraction | float], total: int) -> list[int]:
    """Parts rounded to integers that sum to `total`: the largest remainders are rounded up; of equals the first.

    The same numbers with other signs give the same integers with other signs. Raises ValueError where the parts are
    not the total's: they may be off by rounding, and by nothing else.
    """
    off = abs(float(sum(parts, Fraction(0) if all(isinstance(p, Fraction) for p in parts) else 0.0) - total))
    if off > 1 + TOLERANCE * sum(abs(float(part)) for part in parts):
        raise ValueError(f"the parts {[float(part) for part in parts]} do not sum to {total}")
    sign = -1 if (total or next((part for part in parts if part), 0)) < 0 else 1
    turned = [part * sign for part in parts]
    found = [int(part // 1) for part in turned]
    left = total * sign - sum(found)
    order = sorted(range(len(parts)), key=lambda i: turned[i] - found[i], reverse=True)
    for at in range(abs(left)):
        found[order[at % len(order)] if left > 0 else order[-1 - at % len(order)]] += 1 if left > 0 else -1
    return [part * sign for part in found]


def _times(coefficients: list[Numbers], x: Numbers, y: Numbers) -> list[Numbers]:
    """The coefficients of a polynomial times (x + y·z)."""
    return [
        (coefficients[s] * x if s < len(coefficients) else 0) + (coefficients[s - 1] * y if s else 0)
        for s in range(len(coefficients) + 1)
    ]


def _pair(a1: Numbers, a2: Numbers, b1: Numbers, b2: Numbers) -> Numbers:
    """The average product of two factors as a third one meets them, over all orders."""
    return (2 * a1 * b1 + a1 * b2 + a2 * b1 + 2 * a2 * b2) / 6
