"""Proves on real headline tests what a question mark does to the click rate, and how sure naive counting is of nothing.

Upworthy Research Archive, exploratory set (Matias, Munger, Le Quere, Ebersole 2021, doi 10.1038/s41597-021-00934-7,
CC BY 4.0): packages of a headline and a picture, randomised within tests. Compared within the tests that have headlines
with and without a question mark. The placebo hands the question marks of each test to random packages of that test: the
truth is then a ratio of 1, among real readers.
"""

from typing import Any

import duckdb
import numpy as np
from naive import Z, mantel_haenszel
from proving import Absent, Row
from running import ROOT

from analytics.inference.heterogeneity import Cells, Fitted, Ints, Mask, fit
from analytics.inference.lift import Lift, lift
from analytics.text_lift.families import families
from analytics.text_lift.features import features

PROMISES = (
    "A placebo's 95 % interval excludes no effect in at most 6 % of the draws, on real headlines.",
    "Naive Mantel-Haenszel calls the placebo real in a quarter of the draws or more.",
    "Whether the package or the family of near-duplicate headlines is the unit, the interval is wider than the naive"
    " one, and overlaps that of random effects over tests (statsmodels).",
)
FILE = ROOT.parent / "shared" / "real" / "upworthy.parquet"
QUESTION = ("question", "question mark")
EXCLUDING_MAX = 0.06
_PACKAGES = """
select dense_rank() over (order by clickability_test_id) - 1 as test, headline, clicks, impressions,
  test_week between 201325 and 201401 as withdrawn
from read_parquet(?) order by index
"""


def rows(short: bool) -> list[Row]:
    """The lift under each unit, its naive peers, and the placebo."""
    if not FILE.exists():
        raise Absent("the real headlines lie beside the project, not in it")
    found: dict[str, Any] = duckdb.connect().execute(_PACKAGES, [str(FILE)]).fetchnumpy()
    headlines = [str(each) for each in found["headline"]]
    asks = np.array([QUESTION in features(each) for each in headlines])
    packages = cells(found, np.arange(len(asks)))
    fitted = fit(packages)
    unit = told(fitted, asks)
    near = told(fit(cells(found, families(headlines))), asks)
    kept = ~found["withdrawn"]  # weeks whose readers were not split as intended; the archive's authors withdrew them
    sound = told(fit(packages.at(kept)), asks[kept])
    simple = mantel_haenszel(packages, asks)
    return [
        shown("package is the unit, within tests", unit, wider(unit, simple)),
        shown("family of near-duplicates is the unit", near, wider(near, simple) and overlaps(unit, near)),
        shown("the same without the withdrawn weeks 2013-25 to 2014-01", sound, overlaps(unit, sound)),
        over_tests(packages, asks, unit),
        peer("naive: Mantel-Haenszel, within tests", simple),
        peer("naive: all clicks / all impressions", pooled(packages, asks)),
        *placebo(fitted, fitted_mask(fitted, asks), 400 if short else 4_000),
    ]


def cells(found: dict[str, Any], family: Ints) -> Cells:
    """A package is a cell, a test its stratum."""
    return Cells(found["test"], family, found["clicks"].astype(float), found["impressions"].astype(float))


def fitted_mask(fitted: Fitted, has: Mask) -> Mask:
    """The same feature of the cells as they stand in the fit."""
    mask = np.zeros(len(fitted.cells), dtype=np.bool_)
    mask[fitted.at[has & (fitted.at >= 0)]] = True
    return mask


def told(fitted: Fitted, has: Mask) -> Lift:
    result = lift(fitted, np.flatnonzero(fitted_mask(fitted, has)))
    assert result is not None
    return result


def over_tests(packages: Cells, has: Mask, unit: Lift) -> Row:
    """One log ratio per test, combined by random effects (Paule and Mandel; Hartung and Knapp): statsmodels' answer."""
    from statsmodels.stats.meta_analysis import combine_effects

    def of(values: np.ndarray) -> np.ndarray:
        return np.bincount(packages.stratum, values)

    a1, a0, e1, e0 = (of(part * side) for part in (packages.events, packages.exposure) for side in (has, ~has))
    both = (a1 > 0) & (a0 > 0)
    effects = np.log(a1[both] / e1[both]) - np.log(a0[both] / e0[both])
    combined = combine_effects(effects, 1 / a1[both] + 1 / a0[both], method_re="pm")
    half = Z * combined.sd_eff_w_re_hksj
    ratio, low, high = (float(np.exp(combined.mean_effect_re + each)) for each in (0, -half, half))
    return {"how": "statsmodels: random effects over tests", "ratio": ratio, "low": low, "high": high,
            "tests": int(both.sum()), "holds": low <= unit.high and high >= unit.low}  # fmt: skip


def pooled(packages: Cells, has: Mask) -> tuple[float, float, float]:
    """What a spreadsheet says."""
    one = Cells(np.zeros(len(has), dtype=np.int64), packages.family, packages.events, packages.exposure)
    return mantel_haenszel(one, has)


def placebo(fitted: Fitted, has: Mask, draws: int) -> list[Row]:
    """How often an interval excludes 1 where the feature is handed out at random within each test."""
    rng = np.random.default_rng(20_131)
    ours = peers = 0
    for _ in range(draws):
        drawn = has[np.lexsort((rng.random(len(has)), fitted.cells.stratum))]
        result = lift(fitted, np.flatnonzero(drawn))
        assert result is not None
        ours += not result.low <= 1 <= result.high
        _, low, high = mantel_haenszel(fitted.cells, drawn)
        peers += not low <= 1 <= high
    most = EXCLUDING_MAX + 1.64 * (EXCLUDING_MAX * (1 - EXCLUDING_MAX) / draws) ** 0.5
    return [
        {"how": "placebo: package is the unit", "excluding": ours / draws, "at most": most, "draws": draws,
         "holds": ours / draws <= most},
        {"how": "placebo: naive Mantel-Haenszel", "excluding": peers / draws, "draws": draws,
         "holds": peers / draws >= 0.25},
    ]  # fmt: skip


def wider(unit: Lift, simple: tuple[float, float, float]) -> bool:
    return unit.high / unit.low > simple[2] / simple[1]


def overlaps(one: Lift, other: Lift) -> bool:
    return one.low <= other.high and other.low <= one.high


def shown(how: str, found: Lift, holds: bool) -> Row:
    return {"how": how, "ratio": found.ratio, "low": found.low, "high": found.high, "tests": len(found.strata),
            "with": found.families_with, "without": found.families_without, "holds": holds}  # fmt: skip


def peer(how: str, found: tuple[float, float, float]) -> Row:
    """For comparison only: nothing is promised of it."""
    return {"how": how, "ratio": found[0], "low": found[1], "high": found[2], "holds": True}
