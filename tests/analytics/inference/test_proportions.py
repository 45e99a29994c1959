"""This module owns the promises of the intervals of proportions: published values, the ends, nothing out of nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from analytics.inference.interval import Interval, inverse, scale, shift
from analytics.inference.proportions import jeffreys, wilson

counts = st.tuples(st.integers(0, 10**6), st.integers(1, 10**6)).map(lambda pair: (min(pair), max(pair)))


def interval(value: float, low: float, high: float) -> Interval:
    return Interval(*(np.array([each]) for each in (value, low, high)))


def numbers(found: Interval) -> list[list[float]]:
    return [found.value.tolist(), found.low.tolist(), found.high.tolist()]


def test_wilsons_interval_has_its_published_values() -> None:
    # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3
    found = wilson([81, 15, 0, 1], [263, 148, 20, 29])
    assert found.value.tolist() == [81 / 263, 15 / 148, 0, 1 / 29]
    assert_allclose(found.low, [0.2553, 0.0624, 0.0, 0.0061], atol=5e-5)
    assert_allclose(found.high, [0.3662, 0.1605, 0.1611, 0.1718], atol=5e-5)


@pytest.mark.parametrize(("ours", "theirs"), [(wilson, "wilson"), (jeffreys, "jeffreys")])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_both_intervals_equal_those_of_statsmodels(ours, theirs: str, level: float) -> None:
    from statsmodels.stats.proportion import proportion_confint

    n = np.repeat([1, 5, 20, 1000, 10**6], 3)
    k = (n * np.tile([0.2, 0.5, 0.9], 5)).astype(int).clip(1, np.maximum(1, n - 1))
    k, n = k[k < n], n[k < n]
    low, high = proportion_confint(k, n, 1 - level, theirs)
    found = ours(k, n, level)
    assert_allclose(found.low, low, rtol=1e-9)
    assert_allclose(found.high, high, rtol=1e-9)


@pytest.mark.parametrize("method", [wilson, jeffreys])
@given(counts)
def test_a_proportion_lies_within_its_interval_and_that_within_zero_and_one(method, pair: tuple[int, int]) -> None:
    found = method(*pair)
    assert 0 <= found.low[0] <= found.value[0] <= found.high[0] <= 1


@pytest.mark.parametrize("method", [wilson, jeffreys])
@pytest.mark.parametrize("trials", [1, 3, 6, 10, 97, 1000, 123_457])
def test_the_ends_are_exact(method, trials: int) -> None:
    assert method(0, trials).low[0] == 0
    assert method(trials, trials).high[0] == 1


@pytest.mark.parametrize("method", [wilson, jeffreys])
def test_what_cannot_be_known_is_nan_and_its_neighbour_is_not_harmed(method) -> None:
    found = method([0, 5, 3, -1, np.nan, 1], [0, 4, np.nan, 4, 4, 2])
    assert np.isnan(numbers(found)).tolist() == [[True] * 5 + [False]] * 3
    assert numbers(method([], [])) == [[], [], []]


def test_moving_stretching_and_turning_over_do_it_to_all_three() -> None:
    assert numbers(shift(interval(2, 1, 4), -3)) == [[-1], [-2], [1]]
    assert numbers(scale(interval(2, 1, 4), 0.5)) == [[1], [0.5], [2]]
    assert numbers(inverse(interval(2, 1, 4), 8)) == [[4], [2], [8]]
    turned = inverse(interval(0, 0, 4), 8)
    assert (np.isnan(turned.value[0]), turned.low[0], np.isnan(turned.high[0])) == (True, 2, True)
