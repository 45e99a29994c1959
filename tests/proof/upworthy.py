"""Proves on 4,873 real headline tests, each declared as an experiment with equal shares, what of them holds up.

Upworthy Research Archive, exploratory set (Matias, Munger, Le Quere, Ebersole 2021, doi 10.1038/s41597-021-00934-7,
CC BY 4.0): packages of a headline and a picture are the arms, the first one listed is the control. The archive's
authors withdrew the weeks 2013-25 to 2014-01, in which the randomisation was broken. The prior of how much packages of
one test differ is learned over all tests. Each test is looked at once, at its end, with the interval that would have
held on every day.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import duckdb
import numpy as np
from proving import Absent, Row
from running import ROOT

from analytics.experiments.judged import NO_TRUST, WINNER, Judged, Told, judge, measured
from analytics.experiments.lift import relative, spread_of
from analytics.experiments.measured import Goal, Measure, Sums

PROMISES = (
    "In the weeks 2013-25 to 2014-01 at least 60 % of the tests are flagged, in all others under 1 %.",
    "A winner is declared in no test that is flagged.",
    "Of the packages that a single winner was declared of, fewer than a third have P(best) of 95 %.",
)
FILE = ROOT.parent / "shared" / "real" / "upworthy.parquet"
BROKEN_WEEKS = (201325, 201401)
SURE = 0.95
TESTS_SHORT = 6  # every so many-th
_PACKAGES = """
select clickability_test_id as test, test_week as week, impressions, clicks, winner from read_parquet(?)
order by test, index
"""
ABSENT = ("counted_impressions", "counted_clicks", "cost", "cost_allocated", "clicks", "converted", "earning",
          "conversions", "conversions_squared", "revenue", "revenue_squared")  # fmt: skip
_ON = date(2014, 1, 1)  # the day means nothing here: one look
Test = tuple[int, Told, Sums, Measure, Any]


def rows(short: bool) -> list[Row]:
    """The tests inside and outside the broken weeks."""
    if not FILE.exists():
        raise Absent("the real headlines lie beside the project, not in it")
    tests = list(declared())
    told = [relative(m)[:2] for *_, m, _ in tests]
    spread = spread_of(np.concatenate([each for each, _ in told]), np.concatenate([each for _, each in told]))
    chosen = tests[::TESTS_SHORT] if short else tests
    judged = [(week, judge(told, sums, m, spread), winner) for week, told, sums, m, winner in chosen]
    inside = [each for each in judged if BROKEN_WEEKS[0] <= each[0] <= BROKEN_WEEKS[1]]
    outside = [each for each in judged if not BROKEN_WEEKS[0] <= each[0] <= BROKEN_WEEKS[1]]
    found = [shown("2013-25 to 2014-01", inside), shown("all other weeks", outside), shown("all", judged)]
    found[0]["holds"] = found[0]["holds"] and found[0]["flagged"] >= 0.6
    found[1]["holds"] = found[1]["holds"] and found[1]["flagged"] < 0.01
    return [*found, {"weeks": f"packages of a test differ by {np.sqrt(spread):.1%} of its CTR (sd)", "holds": True}]


def shown(weeks: str, judged: list[tuple[int, Judged, Any]]) -> Row:
    """The rates of some tests."""
    sure = [bool(np.nanmax(j.chances.p_best) >= SURE) for _, j, _ in judged if j.best is not None]
    winners = [j.chances.p_best[winner][0] for _, j, winner in judged if winner.sum() == 1 and j.best is not None]
    flagged = [j.decision == NO_TRUST for _, j, _ in judged]
    share = float(np.mean(np.array(winners) >= SURE))
    holds = share < 1 / 3 and not any(j.ratio.is_sure and j.decision == WINNER for _, j, _ in judged)
    return {
        "weeks": weeks, "tests": len(judged), "flagged": float(np.mean(flagged)),
        "best has P(best) >= 95 %": float(np.mean(sure)),
        "always-valid winner": float(np.mean([j.decision == WINNER for _, j, _ in judged])),
        "single winners": len(winners), "of them P(best) >= 95 %": share, "holds": holds,
    }  # fmt: skip


def declared() -> Iterator[Test]:
    """(week, experiment, sums, measure, which packages the archive calls winner) of every test."""
    found: dict[str, Any] = duckdb.connect().execute(_PACKAGES, [str(FILE)]).fetchnumpy()
    names = np.asarray(found["test"], dtype=str)
    starts = np.flatnonzero(np.append(True, names[1:] != names[:-1]))
    for first, end in zip(starts, [*starts[1:], len(names)], strict=True):
        arms = int(end - first)
        if arms < 2:
            continue
        nothing = np.zeros((1, arms))
        sums = dict.fromkeys(ABSENT, nothing)
        sums |= {"impressions": found["impressions"][first:end][None, :].astype(float), "mature": nothing + 1,
                 "day": nothing, "clicks_observed": found["clicks"][first:end][None, :].astype(float)}  # fmt: skip
        told = Told(names[first], tuple(map(str, range(arms))), (None,) * arms, (None,) * arms, (1 / arms,) * arms,
                    (None, None, None), _ON, _ON, None, "ctr", _ON, _ON)  # fmt: skip
        winner = np.asarray(found["winner"][first:end], dtype=bool)
        yield int(found["week"][first]), told, sums, measured(told, sums, Goal(1.0, False)), winner
