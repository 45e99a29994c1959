"""This module owns the promises about time: the journal is short-lived, what is needed stays, nothing else grows."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from archiving import DAY, HOUR, NOW, everything, post_some, rows_of_record, seen_by_readers, turn
from journaling import Desk, click
from pydantic import ValidationError
from running import ROOT, environment, run, write_config

from ingest.archive.layout import Archive
from ingest.archive.retention import has_connection
from ingest.archive.settings import Retention
from ingest.archive.writing import KINDS
from ingest.door.request import Request


def at(desk: Desk, moment: datetime, *items: dict[str, object], body: bytes | None = None) -> None:
    """A delivery received at a moment (naive UTC) of its own."""
    content = json.dumps(items).encode() if body is None else body
    headers = {"content-type": "application/json", "webhook-id": f"msg_{moment.isoformat()}"}
    desk.put(Request("POST", content, headers), moment.replace(tzinfo=UTC))


WRITER = """
import sys, time
from pathlib import Path
from ingest.journal import Journal
from ingest.segments.segment import Delivery
journal = Journal(Path(sys.argv[1]), "w9", rows_max=10_000, seconds_max=3600)
journal.append(Delivery("d" + "1" * 25, int(sys.argv[2]), "shop", "accepted", "m", "", b"0" * 32, b"{}", "{}"))
print("written", flush=True)
time.sleep(100)
"""


def test_a_segment_goes_once_it_is_archived_and_old_and_never_while_it_has_a_writer(desk: Desk):
    post_some(desk, 0, 1)
    desk.journal.close()
    command = [sys.executable, "-c", WRITER, str(desk.journal_dir), str(int(NOW.replace(tzinfo=UTC).timestamp() * 1e6))]
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None and writer.stdout.readline()
        (is_open,) = desk.journal_dir.glob("*-w9-*.sqlite")
        turn(desk, NOW + HOUR)
        assert turn(desk, NOW + 6 * DAY) == [] and len(list(desk.journal_dir.glob("*.sqlite"))) == 2
        assert turn(desk, NOW + 8 * DAY) == []
        assert has_connection(is_open) and list(desk.journal_dir.glob("*.sqlite")) == [is_open]
        writer.kill()  # and it will never be sealed
    assert not has_connection(is_open)
    assert turn(desk, NOW + 9 * DAY) == []
    assert not list(desk.journal_dir.glob("*.sqlite*"))
    assert seen_by_readers(desk.data_dir) == rows_of_record(desk.record_path)


def test_what_is_not_archived_keeps_its_segment_however_old_it_is(desk: Desk):
    post_some(desk, 0, 1)
    desk.seal()
    turn(desk, NOW + HOUR)
    (path,) = (Archive(desk.data_dir).current / "deliveries").glob("*/*.parquet")
    path.write_bytes(path.read_bytes()[:-1] + b"x")  # one byte
    turn(desk, NOW + 30 * DAY)
    assert list(desk.journal_dir.glob("*.sqlite"))


@pytest.mark.parametrize("wrong", [{"quarantine_days": 3}, {"archive_days": 3}, {"seal_minutes": 0}, {"raw_days": -1}])
def test_days_that_contradict_each_other_are_refused(wrong: dict[str, float]):
    Retention()
    with pytest.raises(ValidationError):
        Retention(**wrong)


def test_the_quarantine_and_old_days_go_counted_and_a_rebuild_lets_go_of_the_same(desk: Desk):
    post_some(desk, 0, 2)
    desk.seal()
    turn(desk, NOW + HOUR)
    quarantined = desk.query("select count(*) from quarantine")[0][0]
    assert turn(desk, NOW + 89 * DAY) == [] and desk.query("select count(*) from quarantine") == [(quarantined,)]
    assert turn(desk, NOW + 92 * DAY) == []
    assert desk.query("select count(*) from quarantine") == [(0,)]
    assert not (Archive(desk.data_dir).current / "quarantine").exists()
    said = dict(desk.query("select kind, sum(rows)::int from expired group by kind"))
    assert said["quarantine"] == quarantined == said["archive:quarantine"]
    before = everything(desk.record_path)
    desk.record_path.unlink()
    turn(desk, NOW + 92 * DAY)
    assert everything(desk.record_path) == before
    turn(desk, NOW + 400 * DAY, archive_days=365)
    assert not Archive(desk.data_dir).manifest().files
    assert everything(desk.record_path)["interactions"] == before["interactions"]


@pytest.mark.parametrize("days", [6, pytest.param(40, marks=pytest.mark.long)])
def test_weeks_leave_a_journal_and_a_bookkeeping_that_do_not_grow(desk: Desk, days: int):
    sizes = []
    for day in range(days):
        for part in range(2):
            now = NOW + day * DAY + part * 8 * HOUR
            at(desk, now - HOUR / 2, click(f"c{day}-{part}"), click(f"c{day}-{part}", "Other"))
            desk.journal.count_refusal("shop", "signature_wrong", 1)
            desk.seal()
            assert turn(desk, now, raw_days=1) == []
        counts = [desk.query(f"select count(*) from {table}")[0][0] for table in ("positions", "pending", "seals")]
        files = len(list(Archive(desk.data_dir).files.rglob("*.parquet")))
        sizes.append((len(list(desk.journal_dir.glob("*.sqlite"))), *counts[:2], files))
    journal, positions, pending, _ = (max(column) for column in zip(*sizes, strict=True))
    assert journal <= 6 and positions <= 10 and pending == 0
    kinds = len({path.parent.parent.name for path in Archive(desk.data_dir).files.rglob("*.parquet")})
    assert sizes[-1][3] <= kinds * (days + 2)  # one a day, and what is not compacted yet
    assert desk.query("select count(*) from loads") == [(days,)]
    assert desk.query("select count(*) from interactions") == [(2 * days,)]
    assert seen_by_readers(desk.data_dir) == rows_of_record(desk.record_path)


def test_the_page_names_every_column_of_every_kind(desk: Desk):
    page = (ROOT / "docs" / "archive.md").read_text(encoding="utf-8")
    for hour, first in ((1, 0), (2, 0), (3, 4)):
        post_some(desk, first, 9)
        turn(desk, NOW + hour * HOUR)
    for kind in KINDS:
        section = page.split(f"### `{kind}`\n")[1].split("\n### ")[0]
        told = [line.split("|")[1].strip(" `") for line in section.splitlines() if line.startswith("| `")]
        paths = list((Archive(desk.data_dir).current / kind).glob("*/*.parquet"))
        if kind == "decisions" and not paths:
            continue
        found = duckdb.execute(f"describe select * from read_parquet('{paths[0]}')").fetchall()
        assert [row[0] for row in found] == told, kind


def test_the_commands_say_how_it_stands(tmp_path: Path):
    config = write_config(tmp_path, {"shop": {}})
    with Desk(tmp_path) as desk:
        post_some(desk, 0, 1)
    for command, said in (("seal", "4 deliveries are archived, 0 are pending"), ("compact", "days are compacted")):
        done = run("archive", command, "--config", str(config))
        assert done.returncode == 0 and said in done.stderr
    done = run("archive", "status", "--verify", "--format", "csv", "--config", str(config))
    assert done.returncode == 0 and "files are as they were written" in done.stderr
    assert "deliveries,2026-11-23,2026-11-23,1,4," in done.stdout
    next(Archive(tmp_path / "data").current.glob("deliveries/*/*.parquet")).write_bytes(b"x")
    done = run("archive", "status", "--verify", "--config", str(config))
    assert done.returncode == 1 and "deliveries/received_day=2026-11-23/1.parquet has the SHA-256" in done.stderr
