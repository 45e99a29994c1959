"""This module owns that a forgetting ends what it began: after kills, beside writers, before the archive goes on."""

import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from forgetting import CLICK, DAY, IDS, WHO, House, holding, others, seals_of, theirs
from journaling import click

from ingest.archive.settings import Retention
from ingest.archive.upkeep import Upkeep
from ingest.forgetting import erase, plan
from ingest.forgetting.errors import ForgetError
from ingest.forgetting.segments import frozen
from ingest.journal import segments
from ingest.segments.segment import SegmentReader
from ingest.store import Record

KEPT = Retention(raw_days=0, quarantine_days=99_999)


@pytest.mark.parametrize("step", ["frozen", "rewrite", "record.renew", "_decide", "erase"])
def test_a_kill_at_any_step_leaves_a_plan_that_the_next_run_ends(
    house: House, monkeypatch: pytest.MonkeyPatch, step: str
):
    owner, _, name = step.rpartition(".")
    where = getattr(erase, owner) if owner else erase
    whole = getattr(where, name)

    def killed_after(*arguments: Any, **named: Any) -> None:
        whole(*arguments, **named)
        raise KeyboardInterrupt

    before = house.desk.query("select count(*), sum(revenue) from interactions")
    monkeypatch.setattr(where, name, killed_after)
    with pytest.raises(KeyboardInterrupt):
        house.forget()
    assert (house.data_dir / plan.NAME).exists() == (step != "erase")
    monkeypatch.setattr(where, name, whole)
    erase.resume(house.settings, house.said.append)
    assert not (house.data_dir / plan.NAME).exists()
    assert holding(house.data_dir, IDS) == []
    house.desk.load()
    assert house.desk.query("select count(*), sum(revenue) from interactions") == before
    assert house.desk.query("select count(*) from decisions") == [(1,)]
    live = house.content()
    house.rebuild()
    assert house.content() == live


def test_a_segment_whose_writer_died_is_rewritten_without_waiting(house: House):
    house.desk.post(*theirs())
    house.desk.journal._abandon()
    assert None in seals_of(house)
    house.forget(seal=False)
    assert holding(house.data_dir, IDS) == []
    assert house.desk.load().damaged == []


def test_an_open_segment_is_sealed_by_its_writer_when_that_is_asked_for(house: House):
    house.desk.post(*others(5))
    house.desk.post(*theirs())
    house.forget(seal=False)
    assert None not in seals_of(house)
    assert holding(house.data_dir, IDS) == []


def test_nothing_is_begun_while_a_writer_does_not_seal(house: House, monkeypatch: pytest.MonkeyPatch):
    house.desk.post(*theirs())
    monkeypatch.setattr(house.desk.journal, "_rolls", Never())
    monkeypatch.setattr(erase, "frozen", partial(frozen, seconds_max=0.3))
    before = house.content()
    with pytest.raises(ForgetError, match="still being written"):
        house.forget(seal=False)
    assert house.content() == before
    monkeypatch.undo()
    assert house.desk.journal_dir and erase.resume(house.settings, house.said.append) is not None


def test_a_build_that_reads_the_record_is_waited_for(house: House):
    script = "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); print(1, flush=True); input()"
    reader = subprocess.Popen(
        [sys.executable, "-c", script, str(house.desk.record_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert reader.stdout is not None and reader.stdout.readline() == b"1\n"
    threading.Timer(1.0, reader.communicate, [b"\n"]).start()
    house.forget()
    assert reader.poll() == 0
    assert holding(house.data_dir, IDS) == []


def test_a_damaged_record_that_was_put_aside_goes_as_well(house: House):
    aside = Path(f"{house.desk.record_path}.damaged-20261123T090000")
    aside.write_bytes(house.desk.record_path.read_bytes())
    made = house.data_dir / "spark" / "whichad-tables" / "events" / "0.parquet"
    made.parent.mkdir(parents=True)
    made.write_bytes(b"made on Spark")
    assert house.forget().erased["put aside.files"] == 2
    assert not aside.exists() and not made.exists()


def test_the_same_person_can_come_back_and_be_forgotten_again(house: House):
    house.forget()
    house.desk.post(click("again", visitor_id=WHO, click_id=CLICK))
    house.desk.load()
    assert house.forget().erased["record.interactions"] == 1
    assert holding(house.data_dir, IDS) == []


def test_compaction_goes_on_over_what_was_written_anew(house: House):
    house.forget()
    house.desk.load()
    house.archive(3)
    with Record(house.desk.record_path) as record:
        Upkeep(house.data_dir, Retention()).rest(record.connection, DAY + timedelta(days=9))
    live = house.content()
    house.rebuild()
    assert house.content() == live
    assert holding(house.data_dir, IDS) == []


class Never:
    """A writer that is deaf."""

    def begin(self) -> None:
        """Nothing."""

    def is_asked(self) -> bool:
        """Never."""
        return False


def test_the_journal_is_still_shortened_for_the_archive_holds_the_same(house: House):
    house.desk.post(body=b'{"id": "odd", "type": "nonsense", "who": "' + WHO.encode() + b'"}')
    house.desk.load()
    house.archive(2)
    house.forget()
    house.desk.load()
    house.archive(3)
    live = house.content()
    with Record(house.desk.record_path) as record:
        today = max(DAY, datetime.now(UTC).replace(tzinfo=None))  # people decide now: that a person is forgotten, too
        Upkeep(house.data_dir, KEPT).rest(record.connection, today + timedelta(days=40))
    assert [path for path in segments(house.settings.journal_dir) if is_sealed(path)] == []
    house.rebuild()
    assert house.content() == live
    assert holding(house.data_dir, IDS) == []


def is_sealed(path: Path) -> bool:
    """Whether nothing follows in a segment."""
    with SegmentReader(path) as reader:
        return reader.seal() is not None
