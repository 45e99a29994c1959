"""This module owns the promises of shrinkage: the prior is the likeliest, edges pool instead of crashing."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import optimize, stats

from analytics.inference.shrinkage import (
    PRECISION_MAX,
    beta_prior,
    beta_priors,
    beta_shrunk,
    normal_interval,
    normal_prior,
    normal_priors,
    posterior,
)


def test_the_prior_is_the_one_that_generated_them() -> None:
    rng = np.random.default_rng(20261123)
    n = rng.integers(50, 5000, 4000)
    a, b = beta_prior(rng.binomial(n, rng.beta(4, 96, 4000)), n)
    assert_allclose([a / (a + b), a + b], [0.04, 100], rtol=0.06)


def test_the_prior_is_where_scipy_finds_the_likelihood_highest() -> None:
    k, n = np.array([1, 5, 9, 30, 0]), np.array([100, 100, 150, 200, 40])

    def loss(logs: np.ndarray) -> float:
        return -float(stats.betabinom.logpmf(k, n, *np.exp(logs)).sum())

    peer = optimize.minimize(loss, [0.0, 2.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    assert_allclose(beta_prior(k, n), np.exp(peer.x), rtol=1e-3)


@pytest.mark.parametrize(
    ("k", "n", "rate"),
    [
        ([0, 0, 0], [10, 1000, 5], 0.5 / 1016),  # nobody ever
        ([10, 1000], [10, 1000], 1010.5 / 1011),  # everybody always
        ([5], [10], 0.5),  # one creative
        ([50, 50, 50], [500, 500, 500], 0.1),  # no two of them differ
        ([3, 0], [10, 0], 3.5 / 11),  # one with clicks
    ],
)
def test_where_creatives_cannot_be_told_apart_they_are_pooled(k: list[int], n: list[int], rate: float) -> None:
    a, b = beta_prior(k, n)
    assert_allclose(a + b, PRECISION_MAX, rtol=1e-3)
    assert a / (a + b) == pytest.approx(rate, rel=1e-2)


def test_nothing_known_gives_no_prior_and_what_is_no_proportion_is_left_out() -> None:
    assert np.isnan(beta_prior([], [])).all() and np.isnan(beta_prior([0], [0])).all()
    assert beta_prior([1, 5, 9, 7], [100, 100, 100, 5]) == beta_prior([1, 5, 9], [100, 100, 100])


def test_each_is_drawn_to_the_prior_and_the_fewer_its_trials_the_more() -> None:
    found = beta_shrunk([0, 1, 100, 0], [0, 10, 1000, 10], (2, 98))
    assert_allclose(found.value, [0.02, 3 / 110, 102 / 1100, 2 / 110])
    assert (found.low < found.value).all() and (found.value < found.high).all()
    assert_allclose([found.low[1], found.high[1]], stats.beta.ppf([0.025, 0.975], 3, 107))
    assert np.isnan(beta_shrunk([5, 1], [4, 10], (2, [98, np.nan])).value).all()


def test_paule_and_mandels_variance_is_that_of_statsmodels() -> None:
    from statsmodels.stats.meta_analysis import _fit_tau_iterative

    y, v = np.array([0.1, 0.4, 0.35, 0.9, 0.2]), np.array([0.01, 0.02, 0.04, 0.03, 0.015])
    between, _ = _fit_tau_iterative(y, v, atol=1e-10, maxiter=200)
    mean, variance = normal_prior(y, v)
    w = 1 / (v + variance)
    assert variance == pytest.approx(between, rel=1e-5)
    assert mean == pytest.approx((w * y).sum() / w.sum())


def test_creatives_that_differ_by_chance_alone_have_no_variance_between_them() -> None:
    assert normal_prior([1.0, 1.1, 0.9], [1, 1, 1])[1] == 0
    assert normal_prior([3.0], [2.0]) == (3.0, 0.0)
    assert normal_prior([2.0, 2.0], [1, 3]) == (2.0, 0.0)
    assert np.isnan(normal_prior([np.nan, 1], [1, 0])).all()


def test_a_posterior_is_between_its_estimate_and_the_prior() -> None:
    means, sds = posterior([4.0, 4.0, np.nan, 4.0], [1.0, 3.0, 1.0, 0.0], (0.0, 1.0))
    assert_allclose(means, [2, 1, 0, 4])
    assert_allclose(sds, np.sqrt([0.5, 0.75, 1, 0]))
    found = normal_interval(means, sds)
    assert_allclose(found.high - found.value, 1.959964 * sds, rtol=1e-6)
    assert posterior([4.0], [0.0], (0.0, 0.0))[0] == [4.0]


def test_one_far_from_the_others_does_not_break_the_search() -> None:
    mean, variance = normal_prior([0.0, 0.0, 1e9], [1e-9, 1e-9, 1.0])
    assert np.isfinite([mean, variance]).all() and variance == pytest.approx(np.var([0, 0, 1e9], ddof=1), rel=1e-6)


def test_the_quick_priors_of_many_scopes_are_near_the_likeliest_of_each() -> None:
    rng = np.random.default_rng(20261123)
    cell = np.repeat(np.arange(3), 400)
    n = rng.integers(50, 5000, 1200)
    a, b = np.array([4, 20, 2])[cell], np.array([96, 980, 2])[cell]
    k = rng.binomial(n, rng.beta(a, b))
    quick = np.array(beta_priors(k, n, cell, 4))
    for at in range(3):
        mean, precision = quick[:, at][0] / quick[:, at].sum(), quick[:, at].sum()
        likeliest = np.array(beta_prior(k[cell == at], n[cell == at]))
        assert mean == pytest.approx(likeliest[0] / likeliest.sum(), rel=0.1)
        assert precision == pytest.approx(likeliest.sum(), rel=0.4)
    assert np.isnan(quick[:, 3]).all()


@pytest.mark.parametrize(
    ("k", "n"), [([0, 0, 0], [10, 1000, 5]), ([10, 1000], [10, 1000]), ([5], [10]), ([50, 50, 50], [500, 500, 500])]
)
def test_the_quick_priors_pool_where_creatives_cannot_be_told_apart(k: list[int], n: list[int]) -> None:
    a, b = beta_priors(k, n, np.zeros(len(k), dtype=np.int64), 1)
    assert a[0] + b[0] == pytest.approx(PRECISION_MAX, rel=1e-3)
    assert a[0] / (a[0] + b[0]) == pytest.approx((sum(k) + 0.5) / (sum(n) + 1), abs=0.01)
    assert min(a[0], b[0]) > 0


def test_creatives_of_single_trials_do_not_break_the_quick_priors() -> None:
    a, b = beta_priors([0, 1, 1, 0], [1, 1, 1, 1], np.zeros(4, dtype=np.int64), 1)
    assert np.isfinite([a, b]).all() and (a > 0).all() and (b > 0).all()


def test_the_quick_normal_priors_are_those_of_dersimonian_and_laird() -> None:
    from statsmodels.stats.meta_analysis import _fit_tau_mm

    y, v = np.array([0.1, 0.4, 0.35, 0.9, 0.2, 5.0, 5.1]), np.array([0.01, 0.02, 0.04, 0.03, 0.015, 1.0, 1.0])
    mean, between = normal_priors(y, v, np.array([0, 0, 0, 0, 0, 1, 1]), 3)
    assert between[0] == pytest.approx(_fit_tau_mm(y[:5], v[:5], 1 / v[:5]))
    assert (between[1], mean[1]) == (0, pytest.approx(5.05))
    assert np.isnan([mean[2], between[2]]).all()
