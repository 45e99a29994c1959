"""This module owns the promises of the intervals: published values, honest coverage, nothing out of nothing."""

from math import isclose

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.intervals import NOTHING, Estimate, mean, probability_above, quantile, scale, shift, wilson

counts = st.tuples(st.integers(0, 10**6), st.integers(1, 10**6)).map(lambda pair: (min(pair), max(pair)))
values = st.floats(-1e6, 1e6)
widths = st.just(0.0) | st.floats(1e-6, 1e6)
estimates = st.tuples(values, widths, widths).map(lambda each: Estimate(each[0], each[0] - each[1], each[0] + each[2]))


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [  # Newcombe 1998, Statistics in Medicine 17:857, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_has_its_published_values(successes: int, trials: int, low: float, high: float) -> None:
    found = wilson(successes, trials)
    assert found.value == successes / trials
    assert (round(found.low or 0, 4), round(found.high or 0, 4)) == (low, high)


@given(counts)
def test_a_proportion_lies_within_its_interval_and_that_within_zero_and_one(pair: tuple[int, int]) -> None:
    found = wilson(*pair)
    assert found.value is not None and found.low is not None and found.high is not None
    assert 0 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize("trials", [1, 3, 6, 10, 97, 1000, 123_457])
def test_the_ends_are_exact(trials: int) -> None:
    assert wilson(0, trials).low == 0
    assert wilson(trials, trials).high == 1


def test_wilsons_interval_covers_what_it_says_on_average_and_never_badly() -> None:
    rng = np.random.default_rng(20261123)
    covered = []
    for trials in (50, 200, 1000):
        for p in np.linspace(0.01, 0.5, 25):
            intervals = {k: wilson(k, trials) for k in range(trials + 1)}
            draws = rng.binomial(trials, p, 2000).tolist()
            covered.append(np.mean([(intervals[k].low or 0) <= p <= (intervals[k].high or 0) for k in draws]))
    assert 0.94 < np.mean(covered) < 0.965
    assert min(covered) > 0.89


def test_a_mean_has_the_interval_of_students_t() -> None:
    found = mean(10, 30, 4)  # 1, 2, 3, 4: standard error 0.6455, t(3) 3.1824
    assert (found.value, round(found.low or 0, 4), round(found.high or 0, 4)) == (2.5, 0.4457, 4.5543)
    wider = mean(10, 30, 4, level=0.99)  # t(3) 5.8409
    assert (round(wider.low or 0, 4), round(wider.high or 0, 4)) == (-1.2703, 6.2703)


def test_the_mean_of_one_value_has_no_interval_and_of_equal_values_none_in_width() -> None:
    assert mean(7, 49, 1) == Estimate(7, None, None)
    assert mean(21, 147, 3) == Estimate(7, 7, 7)


def test_the_means_interval_covers_what_it_says() -> None:
    rng = np.random.default_rng(20261123)
    draws = rng.normal(3, 2, (4000, 12))
    found = [mean(float(row.sum()), float((row**2).sum()), 12) for row in draws]
    assert 0.94 < np.mean([(each.low or 0) <= 3 <= (each.high or 0) for each in found]) < 0.96


@pytest.mark.parametrize("nothing", [wilson(0, 0), mean(0, 0, 0), shift(NOTHING, 1), scale(NOTHING, 2)])
def test_without_a_denominator_there_is_nothing_and_not_zero(nothing: Estimate) -> None:
    assert nothing == Estimate(None, None, None)
    assert probability_above(nothing, 0) is None


def test_moving_and_stretching_move_and_stretch_all_three() -> None:
    assert shift(Estimate(2, 1, 4), -3) == Estimate(-1, -2, 1)
    assert scale(Estimate(2, 1, 4), 0.5) == Estimate(1, 0.5, 2)
    assert shift(Estimate(2, None, None), 1) == Estimate(3, None, None)
    assert scale(Estimate(2, None, None), 2) == Estimate(4, None, None)


@given(estimates, st.lists(values, min_size=2, max_size=5))
def test_a_higher_target_is_never_more_probable(estimate: Estimate, targets: list[float]) -> None:
    found = [probability_above(estimate, target) for target in sorted(targets)]
    assert all(p is not None and 0 <= p <= 1 for p in found)
    assert found == sorted(found, key=lambda p: -(p or 0))


@given(estimates)
def test_the_value_itself_is_as_probable_as_not(estimate: Estimate) -> None:
    assert estimate.value is not None and estimate.low is not None and estimate.high is not None
    p = probability_above(estimate, estimate.value)
    has_width = (estimate.high - estimate.low) / (2 * quantile(0.95)) > 0  # a width of 5e-324 halves to nothing
    assert p == (0.5 if has_width else 0)


def test_the_end_of_a_symmetric_interval_leaves_half_the_rest() -> None:
    estimate = Estimate(0, -quantile(0.95), quantile(0.95))
    assert isclose(probability_above(estimate, -quantile(0.95)) or 0, 0.975)
    assert isclose(probability_above(estimate, quantile(0.95)) or 0, 0.025)


def test_a_value_without_an_interval_says_nothing_about_a_target() -> None:
    assert probability_above(Estimate(7, None, None), 1) is None
