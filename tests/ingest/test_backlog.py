"""This module owns the promises about what waits in the journal: known without opening the record, never too little."""

import time
from pathlib import Path

from journaling import delivery

from ingest.config import IngestSettings
from ingest.listening.admin import readiness
from ingest.segments import backlog as module
from ingest.segments.backlog import backlog, caught_up


def test_an_empty_or_missing_journal_has_no_backlog(tmp_path: Path):
    assert backlog(tmp_path / "nothing").bytes == backlog(tmp_path).bytes == 0


def test_what_nobody_ever_loaded_waits_and_what_was_caught_up_does_not(make, tmp_path: Path):
    one, two = make("w1"), make("w2")
    for journal in (one, two):
        journal.append(delivery())
    assert backlog(tmp_path).segments == 2 and backlog(tmp_path).bytes >= 2 * 8192
    caught_up(tmp_path, time.time_ns() + 1_000_000)
    assert (backlog(tmp_path).segments, backlog(tmp_path).bytes) == (0, 0)
    time.sleep(0.02)  # file times are as fine as the kernel's tick
    two.append(delivery())
    assert backlog(tmp_path).segments == 1


def test_what_was_written_while_a_pass_was_at_work_waits(make, tmp_path: Path):
    journal = make()
    journal.append(delivery())
    time.sleep(0.02)
    began = time.time_ns()
    time.sleep(0.02)
    journal.append(delivery())  # after the pass had looked
    caught_up(tmp_path, began)
    assert backlog(tmp_path).segments == 1


def test_the_mark_is_for_its_owner_s_eyes_and_no_segment(make, tmp_path: Path):
    caught_up(tmp_path, time.time_ns())
    assert (tmp_path / module.MARK).stat().st_mode & 0o077 == 0
    make().append(delivery())
    assert backlog(tmp_path).segments == 1


def test_a_backlog_over_the_limit_is_not_ready_and_says_how_much(tmp_path: Path, monkeypatch, desk):
    settings = IngestSettings(data_dir=desk.data_dir)
    settings = settings.model_copy(update={"ingest": settings.ingest.model_copy(update={"free_bytes_min": 0})})
    desk.post()
    assert readiness(settings, 1)["checks"] == {
        "workers": True, "journal_writable": True, "disk": True, "backlog": True,
    }  # fmt: skip
    monkeypatch.setattr("ingest.listening.admin.BYTES_MAX", 100)
    found = readiness(settings, 1)
    assert (found["ok"], found["checks"]["backlog"], found["backlog_segments"]) == (False, False, 1)
    assert found["backlog_bytes"] > 100
