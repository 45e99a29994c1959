"""This module owns the promises of the best of several: what random draws would say, without random draws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from analytics.inference.best import expected_loss, hierarchical, not_separable, p_best

several = st.lists(st.tuples(st.floats(-10, 10), st.floats(0.001, 100)), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("means", "sds"),
    [
        ([0.0, 0.1], [1.0, 1.0]),
        ([0.3, 0.1, 0.2, 0.28], [0.01, 0.2, 0.05, 0.001]),
        (np.linspace(0, 1, 20), np.linspace(0.5, 0.05, 20)),
    ],
)
def test_both_equal_what_many_draws_say(means, sds) -> None:
    draws = np.random.default_rng(20261123).normal(means, sds, (400_000, len(means)))
    best = draws.max(axis=1)
    assert_allclose(p_best(means, sds), (draws == best[:, None]).mean(axis=0), atol=0.003)
    assert_allclose(expected_loss(means, sds), (best[:, None] - draws).mean(axis=0), atol=0.003)


def test_two_have_their_closed_form() -> None:
    from scipy.stats import norm

    found = p_best([1.0, 1.5], [0.3, 0.4])  # their difference is normal(0.5, 0.5²)
    assert_allclose(found, [norm.cdf(-1), norm.cdf(1)], atol=1e-9)
    assert_allclose(expected_loss([1.0, 1.5], [0.3, 0.4])[0], 0.5 * (norm.pdf(1) + norm.cdf(1)), atol=1e-9)


@given(several)
def test_the_shares_sum_to_one_and_no_choice_gains(pairs: list[tuple[float, float]]) -> None:
    means, sds = (list(each) for each in zip(*pairs, strict=True))
    assert p_best(means, sds).sum() == pytest.approx(1)
    assert (expected_loss(means, sds) >= 0).all()
    # E[max] is one number, whichever creative it is reached from.
    assert_allclose(np.ptp(expected_loss(means, sds) + np.array(means)), 0, atol=1e-6 * (1 + max(sds)))


def test_equal_ones_share_equally_also_where_nothing_is_uncertain() -> None:
    assert_allclose(p_best([2.0] * 7, [0.1] * 7), np.full(7, 1 / 7))
    assert_allclose(p_best([0.0, 0.0], [0.0, 0.0]), [0.5, 0.5])
    assert_allclose(p_best([1.0, 0.0], [0.0, 0.0]), [1, 0], atol=1e-12)
    assert_allclose(expected_loss([1.0, 0.0], [0.0, 0.0]), [0, 1], atol=1e-8)


def test_equal_input_gives_equal_output_to_the_last_bit() -> None:
    means, sds = np.linspace(0, 1, 20), np.linspace(0.5, 0.05, 20)
    assert p_best(means, sds).tobytes() == p_best(means, sds).tobytes()


def test_what_is_unknown_is_nan_and_left_out_of_the_comparison() -> None:
    assert_allclose(p_best([0.0, np.nan, 0.0, 1.0], [1.0, 1.0, 1.0, np.nan]), [0.5, np.nan, 0.5, np.nan])
    assert np.isnan(expected_loss([np.nan], [1.0])).all() and p_best([], []).tolist() == []
    assert not_separable([np.nan, 0.0, 9.0], [1, 1, 1]).tolist() == [True, False, True]


def test_the_true_best_is_among_those_not_separable_as_often_as_promised() -> None:
    rng = np.random.default_rng(20261123)
    for truth in (np.zeros(10), np.array([1.0] + [0.0] * 9), np.linspace(0, 3, 10)):
        sds = np.linspace(0.2, 2, 10)
        kept = [not_separable(draw, sds)[truth.argmax()] for draw in rng.normal(truth, sds, (3000, 10))]
        assert np.mean(kept) >= 0.95 - 3 * (0.05 * 0.95 / 3000) ** 0.5
    assert not_separable([0.0, 5.0, 5.1], [0.1, 0.1, 0.1]).tolist() == [False, True, True]


def test_where_the_spread_between_creatives_is_known_the_hierarchy_says_what_its_normal_prior_does() -> None:
    rng = np.random.default_rng(20261123)
    truth = rng.normal(0, 5.0, 20)  # five times as far apart as they are uncertain
    seen = rng.normal(truth, 1.0)
    best, loss = hierarchical(seen, np.ones(20))
    assert_allclose(best, p_best(seen, np.ones(20)), atol=0.03)
    assert_allclose(loss, expected_loss(seen, np.ones(20)), rtol=0.1, atol=1e-6)


def test_few_creatives_that_may_be_alike_are_not_said_to_be() -> None:
    best, loss = hierarchical([1.0, 1.2, 1.1], [0.25, 0.25, 0.25])
    assert best.sum() == pytest.approx(1) and 1 / 3 < best[1] < 0.6
    assert loss.min() > 0.05  # with the likeliest spread, none, nothing would be lost
    assert_allclose(hierarchical([1.0, np.nan, 1.0], [0.1, 0.1, 0.1])[0], [0.5, np.nan, 0.5])
    assert np.isnan(hierarchical([1.0], [np.nan])).all() and hierarchical([], [])[0].tolist() == []
