"""This module owns the promises of the decomposition: parts sum to the gap, signs swap with the sides, zeros work."""

from fractions import Fraction
from itertools import permutations
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.inference.decomposition import chain_parts, change, product_parts, rates, whole

NUMBERS = st.integers(0, 50)
SIDES = st.integers(1, 5).flatmap(
    lambda size: st.tuples(*[st.lists(NUMBERS, min_size=size, max_size=size) for _ in "ab"])
)


def exact(values: list[int]) -> np.ndarray:
    return np.array([Fraction(value) for value in values], dtype=object)


def chained(values: list[int]) -> np.ndarray:
    """A chain of one creative whose first step is there."""
    return exact([values[0] + 1, *values[1:], 7])[None, :]


def test_the_parts_of_a_product_are_the_average_over_all_orders() -> None:
    x, y = [2, 3, 5], [4, 1, 7]
    wanted = [Fraction(0)] * 3
    for order in permutations(range(3)):
        now = list(x)
        for i in order:
            before = prod(now)
            now[i] = y[i]
            wanted[i] += Fraction(prod(now) - before, 6)
    assert list(product_parts(exact(x), exact(y))) == wanted


@given(SIDES)
def test_parts_sum_to_the_gap_and_swap_their_signs_with_the_sides_also_where_factors_are_zero(
    sides: tuple[list[int], list[int]],
) -> None:
    x, y = (exact(side) for side in sides)
    parts = product_parts(x, y)
    assert sum(parts) == prod(y) - prod(x)
    assert list(product_parts(y, x)) == [-part for part in parts]


@given(SIDES, st.integers(0, 4), NUMBERS)
def test_the_only_factor_that_differs_gets_the_whole_gap(
    sides: tuple[list[int], list[int]], at: int, other: int
) -> None:
    x = sides[0]
    y = [other if i == at % len(x) else value for i, value in enumerate(x)]
    parts = list(product_parts(exact(x), exact(y)))
    assert parts[at % len(x)] == prod(y) - prod(x)
    assert sum(part != 0 for part in parts) <= 1


@given(SIDES)
def test_steps_of_two_funnels_sum_to_the_gap_whatever_is_missing_in_between(
    sides: tuple[list[int], list[int]],
) -> None:
    x, y = (chained(side) for side in sides)
    parts = chain_parts(x, y)[:, 0]
    assert sum(parts) == y[0, -1] / y[0, 0] - x[0, -1] / x[0, 0]


def test_a_step_nobody_takes_explains_the_gap_and_the_steps_behind_it_nothing() -> None:
    x = exact([100, 50, 0, 0])[None, :]
    y = exact([100, 50, 10, 30])[None, :]
    assert list(chain_parts(x, y)[:, 0]) == [0, Fraction(3, 10), 0]


def test_a_step_that_was_passed_over_is_left_out_on_both_sides() -> None:
    x = exact([100, 0, 20, 40])[None, :]  # nobody told of landings here
    y = exact([100, 50, 10, 30])[None, :]
    before, after, skipped = rates(x, y)
    assert [list(skipped[:, 0]), list(before[:, 0]), list(after[:, 0])] == [
        [True, False, False], [1, Fraction(1, 5), 2], [1, Fraction(1, 10), 3],
    ]  # fmt: skip


AMOUNTS = st.tuples(NUMBERS, NUMBERS, NUMBERS, st.integers(-500, 500), st.integers(0, 500))
PERIODS = st.integers(1, 6).flatmap(lambda n: st.tuples(*[st.lists(AMOUNTS, min_size=n, max_size=n) for _ in "ab"]))


def total(side: np.ndarray) -> float:
    return float((side[:, 3] - side[:, 4]).sum())


def changed(a: np.ndarray, b: np.ndarray) -> list[float]:
    sides = [[(side[:, :4], 1), (side[:, [0, 4]], -1)] for side in (a, b)]
    found = change(sides[0], sides[1], (a[:, 0], b[:, 0]))
    return [found.volume, found.mix, found.new, found.gone, *found.steps, found.without_clicks]


@given(PERIODS)
def test_volume_mix_and_rate_sum_to_the_change_and_swap_with_the_periods(periods: tuple[list, list]) -> None:
    a, b = (np.array(side, dtype=float) for side in periods)
    parts = changed(a, b)
    assert sum(parts) == pytest.approx(total(b) - total(a), abs=1e-6)
    back = changed(b, a)
    assert [back[0], back[1], back[3], back[2], *back[4:]] == pytest.approx([-part for part in parts], abs=1e-6)
    gap = round((total(b) - total(a)) * 1_000_000)
    assert sum(whole([part * 1e6 for part in parts], gap)) == gap


def test_each_kind_of_change_gets_all_of_it_where_it_is_alone() -> None:
    base = np.array([[100, 50, 10, 40, 20], [300, 90, 30, 60, 90]], dtype=float)
    doubled = changed(base, base * 2)
    assert doubled == pytest.approx([total(base), *[0] * 8])
    moved = base * np.array([[3.0], [1 / 3]])  # 100 + 300 clicks, the other way round: as many, and as good, each
    assert changed(base, moved)[1] == pytest.approx(total(moved) - total(base)) and sum(moved[:, 0]) == 400
    dearer = base + np.array([[0, 0, 0, 0, 7.0], [0, 0, 0, 0, 0]])
    assert changed(base, dearer)[7] == pytest.approx(-7)


def test_creatives_that_came_and_went_are_parts_of_their_own() -> None:
    a = np.array([[100, 50, 10, 40, 20], [100, 50, 10, 10, 20], [0, 0, 0, 0, 5]], dtype=float)
    b = np.array([[100, 50, 10, 40, 20], [0, 0, 0, 0, 0], [100, 50, 10, 80, 20]], dtype=float)
    volume, mix, new, gone, *steps, silent = changed(a, b)
    assert volume == pytest.approx(0) and mix == pytest.approx(0) and np.allclose(steps, 0)
    assert new > 0 and gone > 0 and silent == 5  # what cost without a click does so no more
    assert changed(a * 0, b)[2] + changed(a * 0, b)[-1] == pytest.approx(total(b))


@given(st.lists(st.fractions(-100, 100, max_denominator=97), min_size=1, max_size=8))
def test_rounded_parts_sum_to_the_total_and_swap_their_signs(parts: list[Fraction]) -> None:
    gap = round(sum(parts))
    found = whole(parts, gap)
    assert sum(found) == gap and all(abs(each - part) < 2 for each, part in zip(found, parts, strict=True))
    assert whole([-part for part in parts], -gap) == [-each for each in found]


def test_parts_of_another_total_are_refused() -> None:
    with pytest.raises(ValueError, match="do not sum to 9"):
        whole([1.0, 2.0], 9)
