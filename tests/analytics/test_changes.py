"""This module owns the promises of the change-point and of levels beside the others: pure functions on small worlds."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import kstest

from analytics.inference import changes, dispersion, fatigue
from analytics.inference.changes import Series, falls, p_values, statistics
from analytics.inference.fatigue import Cells, Company, called, judge
from analytics.inference.levels import beside_others, beside_own_weekdays

RANDOM = np.random.default_rng(7)
ONE = np.ones(1)


def series(*levels: list[float]) -> Series:
    """Series of known days, as wide as the longest."""
    width = max(map(len, levels))
    made, weight = np.zeros((len(levels), width)), np.zeros((len(levels), width))
    for n, each in enumerate(levels):
        made[n, : len(each)], weight[n, : len(each)] = each, 100
    return Series(made, weight)


def noisy(days: int, since: int, decline: float, sd: float = 0.1) -> list[float]:
    return [*(np.where(np.arange(days) < since, 1, 1 - decline) + RANDOM.normal(0, sd, days))]


def test_the_statistic_is_that_of_the_two_means_on_either_side() -> None:
    of = series(noisy(20, 9, 0.4))
    z, before, after = statistics(of)
    level = of.level[0]
    for at in (7, 9, 17):
        wanted = level[:at].mean() - level[at:].mean()
        assert z[0, at] == pytest.approx(wanted / np.sqrt(1 / (100 * at) + 1 / (100 * (20 - at))))
        assert (before[0, at], after[0, at]) == pytest.approx((level[:at].mean(), level[at:].mean()))
    assert np.isnan(z[0, [*range(7), 18, 19]]).all()  # a week before, three days after


def test_a_fall_is_dated_and_measured_and_a_rise_and_a_short_series_are_none() -> None:
    found = falls(series(noisy(40, 25, 0.4), [1.0, 1.2] * 6 + [1.6, 1.8] * 6, noisy(9, 7, 0.9)), 1.96, np.ones(3))
    assert found.since[0] == 25 and found.since_low[0] <= 25 <= found.since_high[0]
    assert found.decline_low[0] < 0.4 < found.decline_high[0] and found.decline[0] == pytest.approx(0.4, abs=0.1)
    assert found.p_value[0] < 0.001 and found.p_value[1] > 0.2
    assert found.since[2] == -1 and np.isnan([found.p_value[2], found.decline[2], found.decline_low[2]]).all()


def test_days_that_go_together_make_it_less_sure_and_its_interval_wider() -> None:
    of = series(noisy(40, 25, 0.15))
    sure, unsure = falls(of, 1.96, ONE), falls(of, 1.96, 4 * ONE)
    assert unsure.p_value[0] > 3 * sure.p_value[0]
    assert unsure.decline_low[0] < sure.decline_low[0] and unsure.decline_high[0] > sure.decline_high[0]


def test_a_fall_to_nothing_has_an_interval_all_the_same() -> None:
    found = falls(series([*noisy(20, 20, 0), *[0.0] * 6]), 1.96, ONE)
    assert found.decline[0] == pytest.approx(1) and 0.7 < found.decline_low[0] < 1 and found.decline_high[0] == 1


def test_p_values_are_as_often_small_as_they_say_whatever_the_days_scatter() -> None:
    scatter = RANDOM.gamma(2, 0.5, (400, 24))  # skewed, and seven times what the weights say
    of = Series(scatter, np.full(scatter.shape, 100.0))
    z, _, _ = statistics(of)
    found = p_values(of, np.nanmax(z, axis=1))
    assert kstest(found, "uniform").pvalue > 0.01
    assert (found <= 0.05).mean() == pytest.approx(0.05, abs=0.025)


def test_beyond_the_orders_the_tail_goes_on_and_errs_on_the_side_of_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    of = series(noisy(30, 15, 0.25))
    top = np.nanmax(statistics(of)[0], axis=1)
    few = p_values(of, top, seed=3)
    monkeypatch.setattr(changes, "ORDERS", 100_000)
    monkeypatch.setattr(changes, "STANDS_OUT", 0)
    many = p_values(of, top, seed=3)
    assert many[0] / 3 < few[0] < 0.001


def cells(level: np.ndarray, shown: float = 10_000, alone: bool = False) -> Cells:
    """Cells (creatives, days) of one scope, counted as they are expected."""
    unit, day = (each.astype(np.int64) for each in np.indices(level.shape).reshape(2, -1))
    exposure = np.full(level.size, shown)
    observed = level.ravel() * exposure
    return Cells(observed, exposure, unit, day, () if alone else (Company(unit * 0, observed, exposure),))


def test_a_days_effect_is_that_of_the_others_each_against_its_own_level() -> None:
    day = np.array([1, 1, 1, 1, 1, 0.7, 0.6] * 4)
    level = np.array([[0.02], [0.03], [0.02], [0.03]]) * day
    level[1, :14] = 0  # it came later, and moves nobody's day by being better
    each = cells(level)
    kept = each.observed > 0
    found = beside_others(each.observed[kept], each.exposure[kept], each.unit[kept], each.day[kept])
    effect = found.effect[each.unit[kept] == 0]
    assert found.is_known.all()
    assert effect / effect[0] == pytest.approx(day)


def test_beside_a_single_other_nothing_is_known() -> None:
    each = cells(np.full((2, 20), 0.02))
    assert not beside_others(each.observed, each.exposure, each.unit, each.day).is_known.any()


def test_own_weekdays_are_found_in_spite_of_a_level_that_falls() -> None:
    day = np.array([1, 1, 1, 1, 1, 0.7, 0.6] * 5)
    each = cells((np.linspace(1, 0.5, 35) * day)[None, :] / 100)
    effect = beside_own_weekdays(each.observed, each.exposure, each.unit, each.day).effect[:7]
    assert effect / effect[0] == pytest.approx(day[:7], abs=0.08)


def test_a_season_of_the_whole_scope_is_no_fatigue_and_the_one_that_fell_is_found() -> None:
    level = 0.02 * RANDOM.lognormal(0, 0.05, (6, 42))
    level[:, 20:] *= 0.5
    level[4, 30:] *= 0.6
    found = judge(cells(level), 6, 1.96)
    fall = found.fall
    q_value, fatigued = called(fall.p_value, fall.decline, fall.decline_low)
    assert [*np.flatnonzero(fatigued)] == [4] and found.since[4] == 30 and (q_value >= fall.p_value).all()
    assert found.observed[4] / found.expected[4] == pytest.approx(0.6, abs=0.05)
    assert [*found.compared] == [0] * 6


def test_one_alone_is_judged_by_its_own_weekdays_and_needs_three_of_each() -> None:
    day = np.array([1, 1, 1, 1, 1, 0.7, 0.6] * 6)
    level = 0.02 * RANDOM.lognormal(0, 0.03, (1, 42)) * day
    level[0, 28:] *= 0.5
    found = judge(cells(level, alone=True), 1, 1.96)
    assert found.since[0] == 28 and found.fall.p_value[0] < 0.01 and [*found.compared] == [0]
    assert np.isnan(judge(cells(level[:, 22:], alone=True), 1, 1.96).fall.p_value[0])


def test_a_fall_that_is_certain_and_small_is_none() -> None:
    small = called(np.array([1e-9, 1e-9, 1e-9]), np.array([0.09, 0.3, 0.3]), np.array([0.08, 0.2, -0.1]))
    assert [*small[1]] == [False, True, False]
    assert not len(called(np.zeros(0), np.zeros(0), np.zeros(0))[0])


def test_the_scatter_of_days_is_learned_apart_from_counting() -> None:
    unit, day = (each.ravel() for each in np.indices((60, 50)))
    counting = np.where(unit % 2, 0.001, 0.05)
    level = 1 + RANDOM.normal(0, np.sqrt(2 * counting + 0.02))
    found = 1 / dispersion.weights(level, counting, unit, day)
    assert found[unit % 2 == 1].mean() == pytest.approx(0.022, rel=0.15)
    assert found[unit % 2 == 0].mean() == pytest.approx(0.12, rel=0.15)


def test_how_much_days_go_together_is_learned_and_independent_ones_do_not() -> None:
    scatter = RANDOM.normal(0, 0.1, (100, 60))
    together = scatter.copy()
    for t in range(1, 60):
        together[:, t] = 0.5 * together[:, t - 1] + np.sqrt(0.75) * scatter[:, t]
    weight = np.full(scatter.shape, 100.0)
    found = [dispersion.long_run(each - each.mean(axis=1)[:, None], weight)[0] for each in (scatter, together)]
    assert found[0] == pytest.approx(1, abs=0.1) and found[1] == pytest.approx(3, rel=0.2)
    assert [*dispersion.long_run(np.zeros((1, 3)), np.zeros((1, 3)))] == [1]


@pytest.mark.parametrize(("zero", "alone"), [*product(("all", "one", "days"), (False, True))])
def test_nothing_seen_is_no_error(zero: str, alone: bool) -> None:
    level = np.full((4, 30), 0.02)
    level[{"all": slice(None), "one": slice(1), "days": (slice(None), slice(5, 25))}[zero]] = 0
    found = judge(cells(level, alone=alone), 4, 1.96)
    assert not (found.fall.p_value < 0.001).any()
    assert fatigue.CLEAR
