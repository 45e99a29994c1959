"""This module owns the promise that every benchmark runs: at smoke size, in a process of its own, as `make bench` does.

Nothing here looks at a time: machines differ, and a test that is slow today is no defect.
"""

import json
import math
from pathlib import Path

import pytest
from bench.finding import SKIPPED, Finding, table
from bench.run import BENCHMARKS, apart, report
from bench.sizes import smoke

FINDING = Finding("a build", "a peer", "s", [1.0, 3.0, 2.0], [4.0, 4.0, 4.0], 0.5, "less", setup="as one would")


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_runs_and_tells_what_it_found(name: str, tmp_path: Path, real_arbitrage: Path) -> None:
    found = apart(name, smoke(tmp_path, real_arbitrage))  # which all pages' tests look at: 40 s, but once in a run
    assert found, "it failed; its lines above say why"
    told, whole = table(found), json.loads(json.dumps(report(found, []), allow_nan=False))
    assert [each["what"] for each in whole["findings"]] == [each.what for each in found]
    assert whole["machine"]["cores"] and whole["versions"]["duckdb"] and whole["failed"] == []
    for each in found:
        assert each.what in told
        if each.verdict == SKIPPED:  # a sentence in place of numbers, which the table shows, too
            assert len(each.skipped.split()) > 3 and each.skipped in told
            assert not each.ours and not each.theirs
        else:
            assert each.ours and all(math.isfinite(value) and value >= 0 for value in each.ours)
            assert len(each.theirs) in {0, len(each.ours)} and all(map(math.isfinite, each.ratios))
            assert each.setup in told
    assert not any(tmp_path.iterdir()), "a benchmark removes what it wrote"


def test_the_median_of_the_rounds_is_held_to_the_target() -> None:
    assert (FINDING.ratio, FINDING.verdict) == (0.5, "met")
    assert "0.5 (0.25 to 0.75)" in table([FINDING])
    assert "a peer: as one would" in table([FINDING])


@pytest.mark.parametrize(
    ("ours", "better", "target", "ceiling", "verdict"),
    [
        ([1.0], "less", 0.5, None, "met"), ([3.0], "less", 0.5, None, "missed"),
        ([3.0], "more", 0.5, None, "met"), ([1.0], "more", 0.5, None, "missed"),
        ([1.0], "less", None, None, "measured"), ([1.0], "less", 0.5, 0.9, "missed"), ([1.0], "less", None, 1.0, "met"),
    ],
)  # fmt: skip
def test_a_ratio_and_a_ceiling_both_have_to_hold(
    ours: list[float], better: str, target: float | None, ceiling: float | None, verdict: str
) -> None:
    assert Finding("it", "a peer", "s", ours, [4.0], target, better, ceiling).verdict == verdict  # type: ignore[arg-type]
