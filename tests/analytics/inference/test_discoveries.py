"""This module owns the promise that our correction for many tests at once is scipy's, to the last bit."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from analytics.inference.discoveries import q_values


@pytest.mark.parametrize(("dependent", "method"), [(False, "bh"), (True, "by")])
@pytest.mark.parametrize("tests", [0, 1, 2, 3, 50, 2_000])
def test_q_values_are_those_of_scipy(tests: int, dependent: bool, method: str) -> None:
    random = np.random.default_rng(tests)
    for drawn in (random.random(tests), random.random(tests) ** 6, np.round(random.random(tests), 1)):  # ties, too
        expected = np.asarray(false_discovery_control(drawn, method=method))
        assert q_values(drawn, dependent).tolist() == expected.tolist()
