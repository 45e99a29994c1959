"""This module owns "about N more clicks to decide": when the evidence is expected to be enough, if nothing changes."""

import numpy as np

from analytics.inference.evidence import log_e
from analytics.inference.interval import Floats, Numbers, floats

CLICKS_MAX = 1e9  # more than that is never


def clicks_to_decide(
    effect: Numbers, variance_per_click: Numbers, log_threshold: Numbers, tuning: Numbers,
    score: Numbers = 0.0, variance: Numbers = 0.0, step: Numbers = 0.0,
) -> Floats:  # fmt: skip
    """About how many more clicks until `evidence.log_e` is expected to pass `log_threshold`, to two digits.

    Each click is expected to add `effect` to the score and `variance_per_click` to its variance; `score` and `variance`
    are what is there already. 0 where it has passed; inf where the effect is nil or negative; nan where unknown.
    """
    drift, per_click, wanted, at, s, v, c = floats(
        effect, variance_per_click, log_threshold, tuning, score, variance, step
    )
    known = np.isfinite(drift) & np.isfinite(per_click) & (per_click >= 0) & np.isfinite(s) & np.isfinite(v)
    passed = log_e(s, v, at, c) >= wanted

    def after(clicks: Floats) -> Floats:
        return log_e(s + drift * clicks, v + per_click * clicks, at, c)

    low, high = np.ones(drift.shape), np.full(drift.shape, CLICKS_MAX)
    reached = after(high) >= wanted
    for _ in range(18):  # of the logarithm, to 1 in 10,000: evidence grows once the effect outweighs what was
        middle = np.sqrt(low * high)
        enough = after(middle) >= wanted
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    found = np.where(passed, 0.0, np.where((drift > 0) & reached, two_digits(high), np.inf))
    return np.where(known, found, np.nan)


def two_digits(clicks: Floats) -> Floats:
    """Rounded up to two digits: 2,431 is about 2,500. nan and inf stay what they are."""
    unit = 10.0 ** np.maximum(0.0, np.floor(np.log10(np.maximum(np.nan_to_num(clicks), 1.0))) - 1)
    return np.asarray(np.ceil(clicks / unit - 1e-9) * unit)
