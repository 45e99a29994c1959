"""This module owns imports that are killed: run again, they end in the same state, and the ledger balances."""

import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import duckdb
from importing import Office
from running import ROOT, environment

from analytics.config import AnalyticsSettings
from analytics.verify import verify
from ingest.config import load
from ingest.journal import segments
from ingest.segments.segment import SegmentReader

ROWS = 2000
TEXT = "day,network,ad_id,cost,impressions,clicks,headline\n" + "".join(
    f"2025-11-{1 + n % 20:02},facebook,{1000 + n},{n}.25,10,1,Text {n % 50}\n" for n in range(ROWS)
)
WHAT = "select day, ad_id, cost, impressions, clicks, currency, content_hash from reports order by ad_id"
TEXTS = "select ad_id, variant_id, valid_from from ads where origin = 'posted' order by ad_id"


def journalled(office: Office) -> int:
    """How many deliveries are on disk."""
    total = 0
    for path in segments(office.settings.journal_dir) if office.settings.journal_dir.exists() else []:
        with SegmentReader(path) as reader:
            total += reader.last_row()
    return total


def killed_after(office: Office, path: Path, deliveries: int) -> None:
    """An import that is killed once so many deliveries are on disk."""
    command = [sys.executable, "-m", "ingest", "import", str(path), "--sender", "spend", "--config", str(office.config)]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None and journalled(office) < deliveries:
        time.sleep(0.02)
    if process.poll() is None:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_an_import_that_is_killed_twice_ends_as_one_that_was_not(tmp_path: Path):
    limits = {"items_max": 20}  # 200 deliveries of ten rows
    whole = Office(tmp_path / "whole", limits, spend={"profile": "spend_csv"})
    done = whole.take("a.csv", TEXT, "spend")
    assert (done.deliveries, done.checked.accepted) == (200, 2 * ROWS)
    office = Office(tmp_path / "killed", limits, spend={"profile": "spend_csv"})
    path = office.file("a.csv", TEXT)
    killed_after(office, path, 30)
    first = journalled(office)
    assert 30 <= first < 200
    killed_after(office, path, first + 30)
    second = journalled(office)
    assert first + 30 <= second < 200
    rest = office.again(path, "spend")
    assert (rest.already, rest.deliveries) == (second, 200 - second)
    assert office.rows(WHAT) == whole.rows(WHAT)
    assert office.rows(TEXTS) == whole.rows(TEXTS)
    assert office.rows("select sum(deliveries), sum(items), sum(duplicates) from loads") == [(200, 2 * ROWS, 0)]


def test_what_was_imported_balances_from_the_journal_to_the_marts(tmp_path: Path):
    office = Office(tmp_path, spend={"profile": "spend_csv"})
    lines = TEXT.splitlines(keepends=True)[:301]
    office.take("a.csv", "".join(lines), "spend")
    office.take("b.csv", "".join([*lines[:300], lines[300].replace("299.25", "300.50")]), "spend")
    build = [sys.executable, "-m", "analytics", "build", "--config", str(office.config)]
    subprocess.run(build, cwd=ROOT, env=environment(), check=True, capture_output=True)
    sheet = {line.what: line for line in verify(load(AnalyticsSettings, office.config))}
    assert [line for line in sheet.values() if not line.ok] == []
    assert sheet["items: kept in the journal = counted by the loader"].left == str(4 * 300)
    newest = Decimal(sum(range(299))) + 299 * Decimal("0.25") + Decimal("300.50")
    said = sheet["cost: said by the journal = there"]
    assert said.left == said.right != "0.000000"
    settings = load(AnalyticsSettings, office.config)
    with duckdb.connect(str(settings.published_link.resolve()), read_only=True) as connection:
        found = connection.execute("select bucket, sum(amount) from money_ledger where side = 'spend' group by bucket")
        assert dict(found.fetchall()) == {"in": newest, "direct": newest}  # the rows brought the ads' texts, too
