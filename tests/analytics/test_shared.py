"""This module owns the promises of comparisons on common ground: like with like, calibrated, valid at every look."""

import numpy as np
import pytest

from analytics.compare.growing import HITS_MIN, Side, growing
from analytics.compare.shared import Shared, Strata, between_days, shared

DICE = np.random.default_rng


def strata(clicks: list[list[float]], rates: list[list[float]], cost: float = 0.0) -> Strata:
    """Each stratum its own day; every conversion is worth 1, and comes exactly at the rate."""
    n, rate = np.array(clicks, dtype=float), np.array(rates, dtype=float)
    value = n * rate
    return Strata(
        np.arange(len(n), dtype=float), n, value, np.full(n.shape, cost), value.sum(axis=0), value.sum(axis=0)
    )


def drawn(
    dice: np.random.Generator, rates: list[float], days: int = 20, clicks: int = 60, spread: float = 0.3
) -> Strata:
    """Strata by chance: days are better or worse for all alike."""
    n = np.full((days, len(rates)), float(clicks))
    good = dice.lognormal(-(spread**2) / 2, spread, (days, 1))
    hits = dice.binomial(clicks, np.minimum(np.array(rates) * good, 0.9)).astype(float)
    return Strata(np.arange(days, dtype=float), n, hits, np.zeros(n.shape), hits.sum(axis=0), hits.sum(axis=0))


def test_who_is_better_in_every_place_is_better_though_it_ran_in_the_worse_ones():
    # A is ahead on either day; B had its clicks on the good one: raw rates say the opposite.
    found = shared(strata([[900, 100], [100, 900]], [[0.12, 0.10], [0.42, 0.40]]), 50)
    raw = np.array([900 * 0.12 + 100 * 0.42, 100 * 0.10 + 900 * 0.40]) / 1000
    assert raw[0] < raw[1] and found.net[0] - found.net[1] == pytest.approx(0.02)
    assert found.share.tolist() == [1.0, 1.0] and found.clicks.tolist() == [1000, 1000]


def test_only_places_where_all_have_clicks_count_and_their_share_is_told():
    found = shared(strata([[100, 100], [300, 0], [0, 50]], [[0.2, 0.2], [0.9, 0], [0, 0.9]]), 10)
    assert found.net.tolist() == pytest.approx([0.2, 0.2])
    assert found.share.tolist() == pytest.approx([0.25, 2 / 3])


def test_what_a_click_costs_is_taken_off():
    found = shared(strata([[500, 500]] * 4, [[0.2, 0.2]] * 4, cost=0.15), 10)
    assert found.net.tolist() == pytest.approx([0.05, 0.05])


def test_equal_creatives_have_equal_chances_and_these_sum_to_one():
    found = shared(strata([[400, 400, 400]] * 5, [[0.2, 0.2, 0.2]] * 5), 50)
    assert found.p_best.tolist() == pytest.approx([1 / 3] * 3) and found.loss[0] == pytest.approx(found.loss[2])


def test_a_clear_lead_is_told_and_choosing_another_loses_the_difference():
    found = shared(drawn(DICE(1), [0.30, 0.10]), 50)
    assert found.p_best[0] > 0.99 and found.loss[0] < 0.001
    assert found.loss[1] == pytest.approx(found.net[0] - found.net[1], rel=0.1)


def test_without_common_places_nothing_is_compared():
    found = shared(strata([[100, 0], [0, 100]], [[0.2, 0], [0, 0.3]]), 10)
    assert np.isnan(found.net).all() and np.isnan(found.p_best).all() and found.share.tolist() == [0.0, 0.0]


def test_below_the_minimum_sample_there_is_no_probability_and_the_others_still_have_one():
    found = shared(strata([[400, 400, 20]] * 5, [[0.2, 0.1, 0.9]] * 5), 150)
    assert found.enough.tolist() == [True, True, False]
    assert found.p_best[:2].sum() == pytest.approx(1) and np.isnan(found.p_best[2])


def test_intervals_cover_what_is_true_on_days_that_differ_for_each_alone():
    """Days that are good for one and bad for another widen the interval: single clicks alone would cover 80 %."""
    dice, hits, runs = DICE(7), 0, 200
    for _ in range(runs):
        n = np.full((20, 2), 120.0)
        rate = 0.2 * dice.lognormal(-0.045, 0.3, (20, 2))
        came = dice.binomial(120, np.minimum(rate, 0.9)).astype(float)
        found = shared(Strata(np.arange(20.0), n, came, np.zeros(n.shape), came.sum(axis=0), came.sum(axis=0)), 50)
        hits += int(found.low[0] <= 0.2 <= found.high[0])
    assert 0.91 * runs <= hits <= runs


def test_the_difference_of_days_is_weighted_and_grows_to_the_whole():
    one = Side(*(np.array(each, dtype=float) for each in ([10, 30, 0], [1, 6, 0], [1, 6, 0], [1, 6, 0], [0, 0, 0])))
    two = Side(*(np.array(each, dtype=float) for each in ([10, 10, 9], [2, 1, 9], [2, 1, 9], [2, 1, 9], [0, 0, 0])))
    found = growing(one, two)
    w1, w2 = 10 * 10 / 20, 30 * 10 / 40
    assert found.value[0] == pytest.approx(0.1)
    assert found.value[1:].tolist() == pytest.approx([(w1 * 0.1 + w2 * (0.1 - 0.2)) / (w1 + w2)] * 2)
    assert np.isnan(found.low).all()  # not HITS_MIN clicks with money yet


def test_before_the_first_common_day_there_is_no_difference():
    one = Side(*(np.array(each, dtype=float) for each in ([10, 0], [1, 0], [1, 0], [1, 0], [0, 0])))
    two = Side(*(np.array(each, dtype=float) for each in ([0, 10], [0, 1], [0, 1], [0, 1], [0, 0])))
    assert np.isnan(growing(one, two).value).all()


def side(dice: np.random.Generator, rate: float, days: int) -> Side:
    clicks = np.full(days, 100.0)
    hits = dice.binomial(100, rate, days).astype(float)
    return Side(clicks, hits, hits, hits, np.zeros(days))


def test_the_band_of_equal_creatives_excludes_zero_at_some_look_in_few_of_many_runs():
    dice, runs, false = DICE(11), 300, 0
    for _ in range(runs):
        found = growing(side(dice, 0.15, 30), side(dice, 0.15, 30))
        false += bool(((found.low > 0) | (found.high < 0)).any())
    assert false <= 0.05 * runs


def test_the_band_of_a_large_difference_excludes_zero_and_begins_with_enough_paying_clicks():
    found = growing(side(DICE(3), 0.10, 40), side(DICE(4), 0.25, 40))
    assert found.low[-1] > 0
    first = int(np.flatnonzero(np.isfinite(found.low))[0])
    assert first == int(np.argmax(np.cumsum(side(DICE(3), 0.10, 40).converted) >= HITS_MIN))


def test_several_pairs_have_wider_bands_than_one():
    one, two = side(DICE(5), 0.1, 30), side(DICE(6), 0.2, 30)
    alone, among = growing(one, two), growing(one, two, 5)
    assert among.low[-1] < alone.low[-1] and among.value[-1] == alone.value[-1]


def test_one_day_tells_nothing_of_days():
    assert between_days(np.zeros(5), np.ones(5)) == 0.0


def test_what_is_answered_has_the_shape_of_the_creatives():
    found: Shared = shared(drawn(DICE(9), [0.1, 0.2, 0.3, 0.2]), 10)
    assert all(getattr(found, name).shape == (4,) for name in ("net", "low", "high", "p_best", "loss", "share"))
