"""This module owns the proof on real data: every headline's counts through the door equal a plain count of the file.

Upworthy Research Archive, exploratory set (Matias, Munger, Le Quere, Ebersole 2021, doi 10.1038/s41597-021-00934-7,
CC BY 4.0): 22,666 headline packages with their impressions and clicks. Nothing of it is copied into the project.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from running import ROOT, Ingest, environment

from ingest.creative import identify

FILE = ROOT.parent / "shared" / "real" / "upworthy.parquet"
# A package's counts arrive in parts, as a tracker that aggregates would send them; many only where there is time.
PARTS = {2: 80_000, 5: 200_000}  # and how many items that makes at least
BATCH = 900

pytestmark = [
    pytest.mark.skipif(not FILE.exists(), reason="the real data lies beside the project, not in it"),
    pytest.mark.timeout(600),
]


def packages() -> list[tuple[int, str, int, int]]:
    """(index, headline, impressions, clicks) of every package."""
    query = "select row_number() over (order by index), headline, impressions, clicks from read_parquet(?)"
    return duckdb.connect().execute(query, [str(FILE)]).fetchall()


def items(parts: int) -> Iterator[dict[str, Any]]:
    """Each package as grouped interactions, its counts split so that they add up exactly."""
    for number, headline, impressions, clicks in packages():
        for kind, total in (("impression", impressions), ("click", clicks)):
            for part in range(parts):
                count = total // parts + (part < total % parts)
                if count:
                    yield {
                        "id": f"{number}-{part}", "type": kind, "count": count, "referrerAdCreative": headline,
                        "occurred_at": f"2014-01-{part + 1:02}T12:00:00Z",
                    }  # fmt: skip


def batches(parts: int) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for item in items(parts):
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


def expected() -> dict[str, tuple[int, int]]:
    """Impressions and clicks per creative, straight from the file; folded by rac/1 and by nothing else."""
    query = "select headline, sum(impressions)::bigint, sum(clicks)::bigint from read_parquet(?) group by headline"
    totals: dict[str, tuple[int, int]] = {}
    for headline, impressions, clicks in duckdb.connect().execute(query, [str(FILE)]).fetchall():
        creative_id = identify(headline).creative_id
        assert creative_id is not None, f"a real headline was taken for no text: {headline!r}"
        before = totals.get(creative_id, (0, 0))
        totals[creative_id] = (before[0] + impressions, before[1] + clicks)
    return totals


@pytest.mark.parametrize("parts", [2, pytest.param(5, marks=pytest.mark.long)])
def test_every_real_headline_counts_exactly_as_in_the_file(tmp_path: Path, parts: int) -> None:
    sent = 0
    with Ingest(tmp_path, {"upworthy": {}}, workers=2) as ingest:
        for batch in batches(parts):
            answer = ingest.post(batch, sender="upworthy")
            assert answer.status == 200, answer.body
            assert answer.json["accepted"] == len(batch)
            sent += len(batch)
    assert sent >= PARTS[parts]
    done = subprocess.run(
        [sys.executable, "-m", "analytics", "build", "--config", str(ingest.config)],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    published = duckdb.connect(str((ingest.settings.data_dir / "creatives.duckdb").resolve()), read_only=True)
    counted = {
        creative_id: (impressions, clicks)
        for creative_id, impressions, clicks in published.execute(
            "select creative_id, sum(impressions)::bigint, sum(clicks)::bigint from creative_daily group by creative_id"
        ).fetchall()
    }
    truth = expected()
    assert ingest.query("select count(*) from creative_aliases") == [(0,)]
    assert len(counted) == len(truth) > 10_000
    assert counted == truth
    rates = published.execute(
        "select creative_id, ctr from creative_scorecard where scope = 'all' and window_days = 0"
    ).fetchall()
    assert len(rates) == len(truth)
    for creative_id, rate in rates:
        impressions, clicks = truth[creative_id]
        assert rate == pytest.approx(clicks / impressions, rel=1e-12)
