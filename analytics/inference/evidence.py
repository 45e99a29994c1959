"""This module owns evidence that survives looking every day: e-processes in logs, and what is decided by them.

An e-process is, under its null, at every moment of stopping at most 1 on average (Ramdas et al. 2023, Statistical
Science 38:576); so the probability that it ever passes 1/α is at most α (Ville 1939), however often one looks.
"""

import numpy as np

from analytics.inference.interval import LEVEL, Floats, Interval, Masks, Numbers, floats, special

LOG_E_MIN = -700.0  # what is less is no evidence at all, and its exponential would be zero
TUNED_AT = 0.05


def _width(tuning: Floats) -> Floats:
    """ρ² of the mixture that is sharpest when the variance is `tuning` (Waudby-Smith et al. 2024, appendix B.2)."""
    wanted = -2 * np.log(TUNED_AT)
    return np.asarray((wanted + np.log(wanted + 1)) / tuning)


def log_e(score: Numbers, variance: Numbers, tuning: Numbers, step: Numbers = 0.0) -> Floats:
    """Log evidence against "drift ≤ 0" from a score Σ(observed − expected) and its null variance, summed over days.

    step 0: the score is nearly normal. exp(λS − λ²V/2), mixed over λ ~ half-normal(ρ²); Robbins 1970, Howard et al.
    2021 (Ann. Stat. 49:1055). step c > 0: no summand exceeds c above its mean (1 for counts, the cap for capped money):
    exp(λS − V(e^{cλ} − 1 − cλ)/c²), exact for few and rare ones (Bennett 1962), mixed over a gamma of e^{cλ} cut off
    at λ = 0. A hypergeometric count is a sum of independent trials (Vatutin and Mikhailov 1982): its own V counts.
    `tuning` is the variance at which it is sharpest; it must not depend on the outcomes. nan in, nan out.
    """
    s, v, at, c = floats(score, variance, tuning, step)
    known = np.isfinite(s) & np.isfinite(v) & (v >= 0) & (at > 0)
    s, v, at, c = (np.where(known, each, 1.0) for each in (s, v, at, c))
    unit = np.where(c > 0, c, 1.0)
    found = np.where(c > 0, _poisson(s / unit, v / unit**2, _width(at / unit**2)), _normal(s, v, _width(at)))
    return np.where(known, np.maximum(found, LOG_E_MIN), np.nan)


def _normal(s: Floats, v: Floats, width: Floats) -> Floats:
    whole = 1 + width * v
    root = np.sqrt(width / whole) * s
    below = np.log(special().erfcx(np.maximum(-root, 0.0) / np.sqrt(2)) / 2)  # log Φ + root²/2, which cancel far below
    return np.asarray(np.log(2) - np.log(whole) / 2 + np.where(root < 0, below, root**2 / 2 + special().log_ndtr(root)))


def _poisson(s: Floats, v: Floats, width: Floats) -> Floats:
    """Counts of s + v where v were expected, against more than expected: gamma(1/ρ², 1/ρ²) cut off below 1."""
    shape = 1 / width
    count = shape + s + v
    gammaln, beyond = special().gammaln, special().gammaincc
    usable = count > 0
    count = np.where(usable, count, 1.0)
    with np.errstate(divide="ignore"):
        cut = np.log(beyond(count, shape + v)) - np.log(beyond(shape, shape))
        found = v + shape * np.log(shape) - gammaln(shape) + gammaln(count) - count * np.log(shape + v) + cut
    return np.where(usable, found, LOG_E_MIN)


def poisson_log_e(observed: Numbers, expected: Numbers) -> Floats:
    """Log evidence that fewer conversions came than `expected` asks for, against "at least as many".

    ω^k e^{μ(1 − ω)}, the likelihood ratio of ω times as many, mixed over ω with density 1/(2√ω) on (0, 1):
    e^μ Γ(k + ½) P(k + ½, μ) / (2 μ^{k + ½}). Without any conversion it passes 20 (95 %) at μ = 3.8: four times the
    target spent and no sale.
    """
    k, mu = floats(observed, expected)
    known = np.isfinite(k) & np.isfinite(mu) & (k >= 0) & (mu >= 0)
    n, m = np.where(known, k, 0.0) + 0.5, np.where(known & (mu > 0), mu, 1e-300)
    with np.errstate(divide="ignore"):
        found = m + special().gammaln(n) + np.log(special().gammainc(n, m)) - np.log(2) - n * np.log(m)
    found = np.where(m > 1e-9, np.maximum(found, LOG_E_MIN), -np.log(2 * n))  # its limit: the mixture of ω^k
    return np.where(known, found, np.nan)


def start_weights(n: int) -> Floats:
    """Weights of evidence that begins on the 1st, 2nd … nth day: 1/2, then 1/(2 s (s − 1)); their sum is below 1.

    So Σ weight · e over all starts is an e-process again, and 1/α holds over all starts and all looks together.
    """
    s = np.arange(1, n + 1, dtype=float)
    return np.where(s == 1, 0.5, 0.5 / np.maximum(s * (s - 1), 1.0))


def restarted(log_e_by_start: Numbers) -> float:
    """Log evidence over all days on which it may have begun: [i] is that of the window from the (i + 1)th day on.

    nan (a start without evidence) counts as none.
    """
    (values,) = floats(log_e_by_start)
    weighted = np.where(np.isnan(values), LOG_E_MIN, values) + np.log(start_weights(len(values)))
    return float(np.logaddexp.reduce(weighted)) if len(values) else LOG_E_MIN


def overdispersion(scores: Numbers, variances: Numbers, step: float = 0.0, sure: float = 0.6) -> float:
    """How much more the daily scores of a scope (shape creatives × days, or days) vary than by chance; at least 1.

    Σ (S − θV)² / Σ V with each row's own drift θ = ΣS/ΣV (quasi-likelihood: McCullagh and Nelder 1989, 4.5), and of it
    the upper limit that is not passed with probability `sure`: few days do not show how wild days are, and a factor too
    small makes winners of noise. Its degrees of freedom are Satterthwaite's (1946), fewer than days where the scores
    are of few things of size `step` (1 for counts; half the cap for money). A million where nothing shows it yet.
    Widen with it: `log_e(score, φ · variance, tuning, φ · step)`.
    """
    s, v = (np.atleast_2d(each) for each in floats(scores, variances))
    told = np.isfinite(s) & np.isfinite(v) & (v > 0)
    s, v = np.where(told, s, 0.0), np.where(told, v, 0.0)
    whole = v.sum(axis=1)
    s, v, whole = s[whole > 0], v[whole > 0], whole[whole > 0, None]
    free = (len(whole) - 1) / len(whole) if len(whole) > 1 else 1.0  # the scores of a scope's day sum to zero
    expected = float((v * (1 - v / whole)).sum()) if len(whole) else 0.0
    if expected <= 1e-12:
        return 1e6
    left = float(((s - v * s.sum(axis=1, keepdims=True) / whole) ** 2).sum())
    degrees = 2 * expected**2 / float((2 * v**2 + v * step**2).sum()) * free
    least = max(2 * float(special().gammaincinv(degrees / 2, 1 - sure)), 1e-9)
    return min(max(1.0, left / expected * degrees / least), 1e6)


def e_bh(log_e_values: Numbers, alpha: float) -> Masks:
    """Which nulls to reject so that at most `alpha` of these are false on average, whatever depends on what (e-BH).

    The k largest, for the largest k whose kth largest e is at least n / (α k): Wang and Ramdas 2022 (JRSS B 84:822).
    """
    (values,) = floats(log_e_values)
    sortable = np.where(np.isnan(values), -np.inf, values)
    ordered = np.sort(sortable)[::-1]
    rank = np.arange(1, len(values) + 1)
    enough = ordered >= np.log(len(values) / (alpha * rank)) if len(values) else np.zeros(0, dtype=bool)
    if not enough.any():
        return np.zeros(len(values), dtype=bool)
    return np.asarray(sortable >= ordered[np.flatnonzero(enough)[-1]])


def confidence_sequence(
    estimate: Numbers, se_squared: Numbers, n: Numbers, tuned_n: float = 5000.0, level: float = LEVEL
) -> Interval:
    """Estimates with limits that hold at every look, sharpest at `tuned_n` units; `se_squared` is that of n units.

    ± sqrt(n · se² · 2(nρ² + 1)/(n²ρ²) · ln(sqrt(nρ² + 1)/α)): asymptotic confidence sequences (Waudby-Smith, Arbour,
    Sinha, Kennedy and Ramdas 2024, Ann. Stat. 52:2613).
    """
    value, error, units = floats(estimate, se_squared, n)
    alpha = 1 - level
    wide = (-2 * np.log(alpha) + np.log(-2 * np.log(alpha) + 1)) / tuned_n
    known = (units > 0) & (error >= 0)
    m = np.where(known, units, 1.0)
    inside = np.where(known, error, 0.0) / m * 2 * (m * wide + 1) / wide * (np.log(m * wide + 1) / 2 - np.log(alpha))
    half = np.where(known, np.sqrt(inside), np.nan)
    return Interval(value, value - half, value + half)
