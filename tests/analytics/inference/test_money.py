"""This module owns the promises of money per click: its algebra here, its coverage in tests/proof/money.py."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from analytics.inference.money import converted_min, enough, own_spread, per_click, spread_of, spreads


def sums(*creatives: list[float]) -> tuple[list[float], list[float], list[int]]:
    return [sum(c) for c in creatives], [sum(v * v for v in c) for c in creatives], [len(c) for c in creatives]


def test_equal_amounts_of_rare_conversions_have_the_exact_interval_of_a_poisson_count() -> None:
    found = per_click(12 * 30.0, 12 * 900.0, 1e9, 12, 1.0)
    low, high = stats.chi2.ppf(0.025, 24) / 2, stats.chi2.ppf(0.975, 26) / 2  # Garwood 1936
    assert_allclose([found.value[0], found.low[0], found.high[0]], np.array([12, low, high]) * 30 / 1e9, rtol=1e-6)


def test_more_spread_is_wider_and_more_conversions_are_narrower_and_the_value_lies_within() -> None:
    k = np.array([5, 20, 100, 1000])
    for spread in (1.0, 2.0, 9.0):
        found = per_click(k * 30.0, k * 900.0 * spread, k * 50, k, spread)
        assert ((found.low < found.value) & (found.value < found.high)).all()
        assert (np.diff(found.high / found.value) < 0).all() and (np.diff(found.low / found.value) > 0).all()
    widths = [np.ptp([f.low[0], f.high[0]]) for f in (per_click(60, 1800, 500, 2, s) for s in (1, 2, 4))]
    assert widths == sorted(widths) and widths[0] < widths[2]


def test_units_do_not_matter_and_a_wider_level_is_wider() -> None:
    one, millionths = per_click(60, 1900, 500, 20, 1.5), per_click(60e6, 1900e12, 500, 20, 1.5)
    assert_allclose(millionths.high, one.high * 1e6)
    assert per_click(60, 1900, 500, 20, 1.5, 0.99).high[0] > one.high[0]


def test_without_a_sale_the_upper_limit_is_that_of_no_conversion_worth_as_much_as_the_scopes() -> None:
    found = per_click([0, 0], [0, 0], [1000, 10], [0, 0], 1.0, worth=[30.0, np.nan])
    assert found.value.tolist() == [0, 0]
    assert (found.low[0], found.high[0]) == (0, pytest.approx(30 * 3.689 / 1000, rel=1e-3))  # 3.69: Garwood at 0
    assert np.isnan([found.low[1], found.high[1]]).all()


def test_without_money_there_is_no_interval_and_with_more_refunds_than_money_a_plain_one() -> None:
    found = per_click([0, 0, -5, 10], [0, 0, 13, 100], [100, 0, 100, 0], [0, 0, 2, 1], 1.5)
    assert_allclose(found.value, [0, np.nan, -0.05, np.nan])
    assert np.isnan(found.low).tolist() == np.isnan(found.high).tolist() == [True, True, False, True]
    assert found.low[2] < -0.05 < found.high[2]


def test_the_spread_of_a_scope_is_that_of_the_law_whatever_the_means_of_its_creatives() -> None:
    rng = np.random.default_rng(20261123)
    creatives = [list(mean * rng.gamma(2.0, size=400)) for mean in (0.1, 3.0, 50.0)]
    assert spread_of(*sums(*creatives)) == pytest.approx(1.5, abs=0.1)
    assert spread_of(*sums([7.0, 7.0, 7.0], [9.0, 9.0])) == 1
    assert np.isnan(spread_of([], [], [])) and np.isnan(spread_of(*sums([5.0], [6.0])))


def test_few_amounts_of_a_skewed_law_count_as_more_spread_than_they_show() -> None:
    few, many = [1.0, 1.0, 4.0] * 2, [1.0, 1.0, 4.0] * 2000
    assert spread_of(*sums(few)) > 1.5 * spread_of(*sums(many)) > 1.5


def test_many_scopes_at_once_are_each_as_alone() -> None:
    creatives = [[1.0, 2.0, 9.0], [4.0, 4.0], [5.0], [10.0, 30.0, 20.0, 25.0]]
    total, squared, converted = (np.array(each) for each in sums(*creatives))
    cell = np.array([1, 0, 0, 1])
    alone = [spread_of(total[cell == c], squared[cell == c], converted[cell == c]) for c in (0, 1)]
    assert_allclose(spreads(total, squared, converted, cell, 3), [*alone, np.nan])


def test_a_creative_wilder_than_its_scope_is_taken_by_its_own_spread_and_a_tamer_one_by_both() -> None:
    wild, tame = [1.0] * 90 + [100.0] * 10, [5.0] * 100
    total, squared, converted = sums(wild, tame)
    own = own_spread(total, squared, converted, np.nan)
    assert own[1] == 1
    assert_allclose(own_spread(total, squared, converted, 2.0), [own[0], (50 * 2 + 100) / 150])
    assert own_spread(0, 0, 0, 2.0).tolist() == [2.0] and np.isnan(own_spread(0, 0, 0, np.nan)).all()


def test_the_minimum_sample_grows_with_the_spread_and_is_not_met_where_nothing_is_known() -> None:
    assert converted_min([1.0, 1.5, 3.0, 9.5, np.nan])[:4].tolist() == [10, 17, 94, 1670]
    assert np.isnan(converted_min(np.nan)).all()
    total, squared, converted = sums([5.0] * 9, [5.0] * 10, [1.0] * 9 + [50.0])
    assert enough(total, squared, converted, 1.0).tolist() == [False, True, False]
    assert enough(0, 0, 0, np.nan).tolist() == [False]


def test_money_without_a_conversion_of_the_main_kind_counts_as_so_many_equal_ones() -> None:
    assert_allclose(per_click(30, 300, 500, 0, np.nan).high, per_click(30, 300, 500, 3, np.nan).high)
