"""This module owns the promises of the sample-ratio mismatch: the textbook's p, and evidence that is a martingale."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from analytics.inference.mismatch import ALPHA, chi_square_p, mismatch, mixture_log_e


@pytest.mark.parametrize(
    ("counts", "shares"),
    [([510, 490], [50, 50]), ([5200, 4800], [1, 1]), ([700, 210, 90], [70, 20, 10]), ([30, 0], [0.5, 0.5])],
)
def test_the_chi_square_p_is_that_of_scipy(counts: list[int], shares: list[float]) -> None:
    expected = sum(counts) * np.array(shares) / sum(shares)
    assert chi_square_p(counts, shares) == pytest.approx(stats.chisquare(counts, expected).pvalue, rel=1e-9)


def test_few_units_are_not_asked() -> None:
    assert math.isnan(chi_square_p([2, 12], [50, 50]))
    assert math.isnan(mismatch([[2, 12]], [50, 50], is_over=True).log_e)
    assert math.isnan(mismatch(np.zeros((0, 2)), [50, 50], is_over=True).p)


def test_the_evidence_is_one_on_average_whatever_the_intended_shares() -> None:
    """All sequences of nine units, each weighed by its probability under the intended shares."""
    shares = np.array([0.5, 0.3, 0.2])
    mean = 0.0
    for units in itertools.product(range(3), repeat=9):
        counts = np.bincount(units, minlength=3)
        mean += np.prod(shares**counts) * math.exp(mixture_log_e(counts, shares, concentration=5.0)[0])
    assert mean == pytest.approx(1, rel=1e-9)


def test_the_evidence_is_that_of_the_dirichlet_multinomial_of_scipy() -> None:
    counts, shares = np.array([520, 480]), np.array([0.5, 0.5])
    ratio = stats.dirichlet_multinomial.logpmf(counts, 1000 * shares, 1000) - stats.multinomial.logpmf(
        counts, 1000, shares
    )
    assert mixture_log_e(counts, shares)[0] == pytest.approx(ratio, rel=1e-9)


def test_a_mismatch_stays_called_though_later_days_even_it_out() -> None:
    early = [[900, 100]] * 3 + [[100, 900]] * 3
    found = mismatch(early, [50, 50], is_over=False)
    assert found.is_sure and found.p == pytest.approx(1) and found.found == 0


def test_the_textbook_decides_at_the_end_only() -> None:
    counts = [[10_250, 9_750]]  # p = 0.0004, evidence of 71 to 1
    assert not mismatch(counts, [50, 50], is_over=False).is_sure
    over = mismatch(counts, [50, 50], is_over=True)
    assert over.is_sure and over.p < ALPHA and over.log_e < -math.log(ALPHA)
