"""This module owns the promise that a record made again from the archive is the one that was there, row for row."""

import shutil
from datetime import UTC
from pathlib import Path

import pytest
from archiving import DAY, HOUR, NOW, everything, post_some, rows_of_record, seen_by_readers, turn
from journaling import Desk, click

from ingest import decisions
from ingest.archive.layout import Archive
from ingest.config import IngestSettings, Sender
from ingest.quarantine.replay import Wanted, chosen, replay
from ingest.store import Record, RecordError, drain

ENOUGH = {"raw_days": 0}


def played(desk: Desk, rounds: int = 3) -> None:
    """Some hours of deliveries, replays and decisions, sealed now and then; the last are not sealed."""
    for hour in range(1, rounds + 1):
        post_some(desk, hour * 2, 2)
        desk.load()
        settings = IngestSettings(data_dir=desk.data_dir, senders={"shop": Sender(secrets=("unused-but-long-enough",))})
        replay(settings, chosen(desk.journal_dir, Wanted())[: 2 * hour], False, lambda _: None)
        decided_at = int((NOW + hour * HOUR).replace(tzinfo=UTC).timestamp() * 1e6)
        decisions.append(desk.journal_dir, "merge", f"rac1_{hour}", "rac1_x", "me", "same offer", decided_at)
        turn(desk, NOW + hour * HOUR)
    post_some(desk, 3, 2)
    desk.seal()
    desk.load()


def content(desk: Desk) -> dict[str, list[tuple]]:
    """What does not depend on the order of loading."""
    felt = {"displaced", "quarantine", "loads", "seen"}
    return {name: rows for name, rows in everything(desk.record_path).items() if name not in felt}


def of_another_version(desk: Desk) -> None:
    with Record(desk.record_path) as record:
        record.connection.execute("update schema_version set version = 2")


def garbage(desk: Desk) -> None:
    desk.record_path.write_bytes(b"garbage" * 5000)


@pytest.mark.parametrize("damage", [pytest.param(of_another_version, marks=pytest.mark.long), garbage])
def test_a_record_made_again_from_archive_and_journal_is_the_same(desk: Desk, damage, capsys):
    played(desk)
    before = everything(desk.record_path)
    assert before["superseded"] and before["displaced"] and before["decisions"]
    damage(desk)
    with Record(desk.record_path) as record:
        assert "it is rebuilt from the archive (" in record.rebuilt and "and the journal" in record.rebuilt
        drain(record, desk.journal_dir)
    assert "rebuilt from the archive" in capsys.readouterr().err
    assert everything(desk.record_path) == before
    assert turn(desk, NOW + 5 * HOUR) == []
    assert seen_by_readers(desk.data_dir) == rows_of_record(desk.record_path)


def test_it_is_the_same_when_the_journal_is_gone_and_the_days_are_compacted(desk: Desk):
    played(desk)
    turn(desk, NOW + 5 * HOUR)
    before = everything(desk.record_path)
    for day in range(2, 5):
        assert turn(desk, NOW + day * DAY, **ENOUGH) == []
    assert not list(desk.journal_dir.glob("*.sqlite")) and everything(desk.record_path) == before
    desk.record_path.unlink()
    turn(desk, NOW + 5 * DAY, **ENOUGH)
    assert everything(desk.record_path) == before
    desk.reopen()
    desk.post(click("after"))
    desk.post(click("2", "Quiet SUVs of 2"))
    assert turn(desk, NOW + 6 * DAY, **ENOUGH) == []
    assert seen_by_readers(desk.data_dir) == rows_of_record(desk.record_path)


def test_an_older_record_beside_a_newer_archive_is_made_again(desk: Desk, tmp_path: Path):
    post_some(desk, 0, 2)
    turn(desk, NOW + HOUR)
    old = shutil.copy(desk.record_path, tmp_path / "old.duckdb")
    post_some(desk, 2, 2)
    desk.seal()
    turn(desk, NOW + 2 * HOUR)
    turn(desk, NOW + DAY, **ENOUGH)  # what the old one lacks is in the archive only
    before = everything(desk.record_path)
    Path(old).replace(desk.record_path)
    (said, *_) = turn(desk, NOW + DAY, **ENOUGH)
    assert "which is at" in said and "rebuilt from the archive" in said
    assert everything(desk.record_path) == before


@pytest.mark.parametrize("damage", [pytest.param("gone", marks=pytest.mark.long), "garbage"])
def test_what_a_damaged_file_held_comes_from_the_journal_and_is_archived_again(desk: Desk, damage: str, capsys):
    for hour in (1, 2):
        post_some(desk, hour * 2, 2)
        turn(desk, NOW + hour * HOUR)
    desk.seal()  # what is counted reaches the disk every two seconds
    desk.load()
    before = everything(desk.record_path)
    archive = Archive(desk.data_dir)
    name = next((archive.files / "deliveries").glob("*/1.parquet")).relative_to(archive.files)
    for path in (archive.files / name, *archive.generations.glob(f"*/{name}")):
        if damage == "gone":
            path.unlink(missing_ok=True)
        elif path.exists():
            path.write_bytes(b"garbage")
    desk.record_path.unlink()
    with Record(desk.record_path) as record:
        assert "1 damaged files: deliveries/" in record.rebuilt and "from the journal)" in record.rebuilt
        drain(record, desk.journal_dir)
    assert "rows are left out" in capsys.readouterr().err
    assert content(desk) == {name: rows for name, rows in before.items() if name in content(desk)}
    assert turn(desk, NOW + 9 * HOUR) == []
    # Of one refused body in several deliveries the first one loaded stands in the quarantine, so that may differ.
    seen, there = seen_by_readers(desk.data_dir), rows_of_record(desk.record_path)
    assert {kind: rows for kind, rows in seen.items() if kind != "quarantine"} == {
        kind: rows for kind, rows in there.items() if kind != "quarantine"
    }
    desk.record_path.unlink()
    with Record(desk.record_path) as record:
        assert "damaged" not in record.rebuilt
        drain(record, desk.journal_dir)
    assert content(desk) == {name: rows for name, rows in before.items() if name in content(desk)}


def test_without_its_manifest_no_record_is_made_that_lacks_what_was_archived(desk: Desk):
    post_some(desk, 0, 1)
    turn(desk, NOW + HOUR)
    (Archive(desk.data_dir).current / "manifest.json").write_text("{")
    desk.record_path.unlink()
    for _ in range(2):
        with pytest.raises(RecordError, match=r"no manifest.json that can be read .* from a backup"):
            Record(desk.record_path).__enter__()
    assert not desk.record_path.exists()


def test_a_rebuild_that_is_killed_is_begun_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    played(desk, 2)
    before = everything(desk.record_path)
    desk.record_path.unlink()
    with monkeypatch.context() as patched:
        patched.setattr("ingest.store.rebuild._restore", lambda *_: (_ for _ in ()).throw(MemoryError))
        with pytest.raises(MemoryError):
            Record(desk.record_path).__enter__()
    with Record(desk.record_path) as record:
        drain(record, desk.journal_dir)
    assert everything(desk.record_path) == before


@pytest.mark.parametrize("with_text", [False, True])
def test_a_record_of_deliveries_without_any_text_is_made_again(desk: Desk, with_text: bool):
    for number in range(3):
        sold = {"id": f"o{number}", "type": "conversion", "occurred_at": "2025-11-23T08:00:00Z", "revenue": "5"}
        desk.post(sold, *([click("same", None)] if with_text else []))
        desk.seal()
        desk.load()
        assert turn(desk, NOW + (number + 1) * HOUR) == []
    before = everything(desk.record_path)
    desk.record_path.unlink()
    with Record(desk.record_path) as record:
        assert drain(record, desk.journal_dir).damaged == []
    assert everything(desk.record_path) == before
