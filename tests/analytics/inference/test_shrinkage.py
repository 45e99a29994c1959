"""This module owns the promises of shrinkage: the prior is the likeliest, edges pool instead of crashing."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import optimize, stats

from analytics.inference.shrinkage import (
    PRECISION_MAX,
    beta_priors,
    normal_prior,
    normal_priors,
    posterior,
)


def likeliest_prior(k: np.ndarray, n: np.ndarray) -> np.ndarray:
    """(a, b) of the beta-binomial where scipy finds the likelihood highest."""

    def loss(logs: np.ndarray) -> float:
        return -float(stats.betabinom.logpmf(k, n, *np.exp(logs)).sum())

    found: np.ndarray = np.exp(optimize.minimize(loss, [0.0, 2.0], method="Nelder-Mead").x)
    return found


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
        likeliest = likeliest_prior(k[cell == at], n[cell == at])
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
