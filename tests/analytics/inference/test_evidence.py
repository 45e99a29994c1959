"""This module owns the promises of evidence that survives looking: its algebra here, its error rates in tests/proof."""

from math import exp, log

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import integrate, stats

from analytics.inference.evidence import (
    LOG_E_MIN,
    confidence_sequence,
    e_bh,
    log_e,
    overdispersion,
    poisson_log_e,
    restarted,
    start_weights,
)
from analytics.inference.needed import clicks_to_decide

WIDTH = (-2 * log(0.05) + log(-2 * log(0.05) + 1)) / 50.0  # ρ² of tuning 50


@pytest.mark.parametrize(("score", "variance"), [(0.0, 0.0), (12.0, 30.0), (-5.0, 30.0), (40.0, 100.0), (60.0, 400.0)])
def test_the_normal_mixture_is_the_integral_it_says(score: float, variance: float) -> None:
    def at(drift: float) -> float:
        return exp(drift * score - drift**2 * variance / 2) * 2 * float(stats.norm.pdf(drift, scale=WIDTH**0.5))

    integral, _ = integrate.quad(at, 0, np.inf)
    assert log_e(score, variance, 50.0)[0] == pytest.approx(log(integral), abs=1e-6)


@pytest.mark.parametrize("step", [1.0, 7.5])
@pytest.mark.parametrize(("score", "variance"), [(0.0, 0.0), (12.0, 30.0), (-5.0, 30.0), (40.0, 100.0), (60.0, 400.0)])
def test_the_mixture_for_counts_is_the_integral_it_says(score: float, variance: float, step: float) -> None:
    shape = 1 / WIDTH
    mixing = stats.gamma(shape, scale=1 / shape)

    def at(times: float) -> float:  # e^{cλ}
        bound = score * log(times) - variance * (times - 1 - log(times))
        return exp(bound) * float(mixing.pdf(times)) / float(mixing.sf(1))

    integral = sum(integrate.quad(at, *ends)[0] for ends in ((1, 2), (2, 5), (5, np.inf)))
    assert log_e(score * step, variance * step**2, 50.0 * step**2, step)[0] == pytest.approx(log(integral), abs=1e-6)


def test_evidence_of_rare_events_is_never_above_one_on_average_under_the_null() -> None:
    """Exactly: every outcome of a hypergeometric draw with its probability, few and many, a rare and a half share."""
    for population, events, drawn in ((10, 3, 5), (1000, 4, 30), (1000, 4, 500), (40, 20, 20), (3000, 30, 100)):
        law = stats.hypergeom(population, events, drawn)
        x = np.arange(events + 1)
        for sign in (1, -1):
            found = np.exp(log_e(sign * (x - law.mean()), law.var(), [[1.0], [10.0], [100.0]], 1.0))
            assert ((found * law.pmf(x)).sum(axis=1) <= 1 + 1e-12).all()
    # The normal one would promise too much there: that is why counts have their own.
    law = stats.hypergeom(1000, 4, 30)
    assert (np.exp(log_e(x[:5] - law.mean(), law.var(), 1.0)) * law.pmf(x[:5])).sum() > 1.5


def test_more_score_is_more_evidence_and_none_is_none() -> None:
    for step in (0.0, 1.0):
        found = log_e(np.linspace(-50, 50, 101), 60.0, 50.0, step)
        assert (np.diff(found) >= 0).all()
        assert log_e(0, 0, 50.0, step)[0] == pytest.approx(0, abs=1e-12)
        assert LOG_E_MIN <= log_e(-1e9, 10, 50.0, step)[0] < -15
        assert np.isnan(log_e([np.nan, 1, 1], [1, np.nan, -1], 50.0, step)).all()


def test_four_times_the_target_and_no_sale_is_evidence_and_three_times_is_not() -> None:
    assert poisson_log_e([0, 0], [3.0, 4.0]).tolist() == pytest.approx([log(10.13), log(24.08)], abs=0.001)
    for mu in (0.01, 1.0, 4.0, 30.0, 400.0):
        k = np.arange(int(mu + 20 * mu**0.5 + 40))
        average = (np.exp(poisson_log_e(k, mu)) * stats.poisson.pmf(k, mu)).sum()
        assert average == pytest.approx(1)  # an e-value of exactly the target, less of every better creative
        assert (np.exp(poisson_log_e(k, mu)) * stats.poisson.pmf(k, 1.3 * mu)).sum() < 1
    assert poisson_log_e([0, 3], 0.0).tolist() == pytest.approx([0, log(1 / 7)])
    assert np.isnan(poisson_log_e([np.nan, -1, 1], [1, 1, np.nan])).all()


def test_weights_of_all_starts_sum_to_less_than_one_and_the_first_day_has_half() -> None:
    assert start_weights(4).tolist() == [0.5, 0.25, 0.5 / 6, 0.5 / 12]
    assert 0.99 < start_weights(1000).sum() < 1
    assert restarted([log(8), np.nan, log(24)]) == pytest.approx(log(4 + 2))
    assert restarted([]) == LOG_E_MIN


def test_e_bh_rejects_the_largest_that_are_large_enough() -> None:
    e = np.array([200.0, 45.0, 30.0, 1.0, np.nan])
    assert e_bh(np.log(e), 0.05).tolist() == [True, False, False, False, False]  # 100, 50, 33.3 … are asked for
    assert e_bh(np.log([200.0, 51.0, 34.0, 1.0, 2.0]), 0.05).tolist() == [True, True, True, False, False]
    assert e_bh([], 0.05).tolist() == []
    assert not e_bh([np.nan, -700.0], 0.05).any()


def test_days_that_differ_by_chance_alone_are_not_overdispersed_and_others_are() -> None:
    rng = np.random.default_rng(20261123)
    variances = rng.uniform(0.5, 20, (40, 60))
    drift = rng.normal(0, 0.1, (40, 1))
    scores = rng.normal(drift * variances, np.sqrt(variances))
    assert overdispersion(scores, variances, sure=0.5) == pytest.approx(1, abs=0.1)
    assert overdispersion(2 * scores, variances, sure=0.5) == pytest.approx(4, abs=0.3)
    assert overdispersion(0.5 * scores, variances) == 1


def test_the_fewer_days_have_shown_how_wild_they_are_the_wilder_they_may_be() -> None:
    scores, variances = np.tile([3.0, -3.0], 30), np.full(60, 4.0)
    found = [overdispersion(scores[:days], variances[:days]) for days in (4, 10, 60)]
    assert found == sorted(found, reverse=True) and 2.25 < found[-1] < 2.5
    assert overdispersion(scores, variances, step=5.0) > found[-1]  # rare counts tell less than as many days of many
    for nothing in (([], []), ([5.0], [1.0]), ([np.nan, 1], [1, 0])):
        assert overdispersion(*nothing) == 1e6


def test_a_confidence_sequence_is_the_published_one_and_narrowest_for_its_tuning() -> None:
    found = confidence_sequence(0.0, 1.0 / 5000, 5000)
    rho2 = (-2 * log(0.05) + log(-2 * log(0.05) + 1)) / 5000
    half = (2 * (5000 * rho2 + 1) / (5000**2 * rho2) * log((5000 * rho2 + 1) ** 0.5 / 0.05)) ** 0.5
    assert_allclose([found.low[0], found.high[0]], [-half, half])
    for other in (1000, 25_000):
        assert confidence_sequence(0.0, 1.0 / 5000, 5000, tuned_n=other).high[0] > half
    assert np.isnan(confidence_sequence(0.0, 1.0, 0).low).all()


def test_about_so_many_more_clicks_reach_the_threshold_and_hardly_fewer_do() -> None:
    wanted, tuning = log(20), 30.0
    for step in (0.0, 1.0):
        (more,) = clicks_to_decide(0.01, 0.02, wanted, tuning, step=step)
        assert log_e(0.01 * more, 0.02 * more, tuning, step)[0] >= wanted
        assert log_e(0.009 * more, 0.018 * more, tuning, step)[0] < wanted
        assert more == float(f"{more:.1e}")


def test_no_effect_never_decides_and_what_is_decided_needs_no_more() -> None:
    found = clicks_to_decide([0.0, -0.1, 0.01, np.nan, 1e-9], 0.02, log(20), 30.0, [0, 0, 90.0, 0, 0], [0, 0, 30, 0, 0])
    assert found.tolist()[:3] == [np.inf, np.inf, 0]
    assert np.isnan(found[3]) and found[4] == np.inf
