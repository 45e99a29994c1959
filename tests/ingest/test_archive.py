"""This module owns the promises of the archive: written once, by day, private, and the same as the record."""

import random
from pathlib import Path

import duckdb
import pytest
from archiving import DAY, HOUR, NOW, everything, post_some, rows_of_record, seen_by_readers, turn
from journaling import Desk, click

from ingest.archive.layout import Archive
from ingest.archive.reading import archived_deliveries, find
from ingest.store import Record, drain


def test_what_was_loaded_is_archived_once_the_hour_has_turned(desk: Desk):
    post_some(desk, 0, 5)
    assert turn(desk, NOW) == [] and not Archive(desk.data_dir).current.exists()
    assert desk.query("select count(*) from pending") == [(20,)]
    assert turn(desk, NOW + HOUR) == []
    assert desk.query("select count(*) from pending") == [(0,)]
    assert desk.query("select seal_id, what, deliveries from seals") == [(1, "seal", 20)]
    post_some(desk, 5, 1)
    assert turn(desk, NOW + HOUR) == [] and desk.query("select count(*) from pending") == [(4,)]
    assert turn(desk, NOW + 2 * HOUR) == []
    assert desk.query("select count(*) from pending") == [(0,)]
    assert Archive(desk.data_dir).generation() == 2


def test_without_anything_new_nothing_is_written(desk: Desk):
    post_some(desk, 0, 1)
    desk.seal()
    for hour in range(1, 4):
        assert turn(desk, NOW + hour * HOUR) == []
    assert Archive(desk.data_dir).generation() == 1


def test_readers_count_what_the_record_holds_whatever_lost_its_place_meanwhile(desk: Desk):
    rng = random.Random(3)
    for hour in range(1, 7):
        post_some(desk, rng.randrange(10), 4)
        assert turn(desk, NOW + hour * HOUR) == []
        assert seen_by_readers(desk.data_dir) == rows_of_record(desk.record_path)
    assert desk.query("select count(*) from displaced")[0][0] > 0  # or it proves nothing


def test_the_text_as_it_was_sent_stands_beside_the_interaction(desk: Desk):
    desk.post(click("1", "  Quiet&amp;SUVs "))
    turn(desk, NOW + HOUR)
    path = Archive(desk.data_dir).current / "interactions"
    found = duckdb.execute(f"select creative_raw from read_parquet('{path}/*/*.parquet')").fetchall()
    assert found == desk.query("select creative_raw from creative_variants")


def test_all_of_it_is_private(desk: Desk):
    post_some(desk, 0, 1)
    turn(desk, NOW + HOUR)
    for path in Archive(desk.data_dir).root.rglob("*"):
        if not path.is_symlink():
            assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_every_delivery_can_be_found_in_the_archive_as_the_journal_had_it(desk: Desk):
    passage = desk.post(click("1"), message_id="msg_mine")
    post_some(desk, 2, 2)
    turn(desk, NOW + HOUR)
    kept = passage.delivery
    for what in (kept.delivery_id, "msg_mine"):
        segment, row = find(desk.data_dir, what)
        assert segment in {path.name for path in desk.journal_dir.glob("*.sqlite")}
        assert (row.delivery.body, row.delivery.body_hash, row.delivery.items) == (None, kept.body_hash, kept.items)
        assert row.delivery.received_at == kept.received_at
    assert find(desk.data_dir, "d" + "0" * 25) is None
    rows = [row.row for _, row in archived_deliveries(desk.data_dir)]
    assert rows == list(range(1, 10))


def test_load_counts_become_one_row_per_sender_and_day_and_sum_up_as_before(desk: Desk):
    for n in range(5):
        post_some(desk, n, 1)
        desk.load()
    before = everything(desk.record_path)["loads"]
    assert desk.query("select count(*) from loads")[0][0] >= 5
    turn(desk, NOW + HOUR)
    assert desk.query("select count(*) from loads") == [(1,)]
    assert everything(desk.record_path)["loads"] == before
    path = Archive(desk.data_dir).current / "loads"
    sums = duckdb.execute(f"select sum(deliveries), sum(items) from read_parquet('{path}/*/*.parquet')").fetchall()
    assert sums == [(before[0][2], before[0][3])]


def test_a_day_that_is_over_becomes_one_file_a_kind_and_no_reader_notices(desk: Desk):
    for hour in range(1, 4):
        post_some(desk, hour * 3, 3)
        turn(desk, NOW + hour * HOUR)
    archive = Archive(desk.data_dir)
    held = archive.current.resolve()  # a reader at work
    before = seen_by_readers(desk.data_dir)
    assert len(list((held / "interactions").glob("*/*.parquet"))) == 3
    assert turn(desk, NOW + DAY) == []
    assert len(list((archive.current / "interactions").glob("*/*.parquet"))) == 1
    assert seen_by_readers(desk.data_dir) == before == seen_by_readers(desk.data_dir, held)
    desk.post(click("late"))
    turn(desk, NOW + DAY + HOUR)
    turn(desk, NOW + DAY + 2 * HOUR)
    assert seen_by_readers(desk.data_dir, held) == before  # two generations later
    assert seen_by_readers(desk.data_dir) == rows_of_record(desk.record_path)
    assert len(list((archive.current / "interactions").glob("*/*.parquet"))) == 1


def test_only_three_generations_besides_the_current_one_and_the_files_they_need_are_kept(desk: Desk):
    for hour in range(1, 8):
        desk.post(click(str(hour)))
        turn(desk, NOW + hour * HOUR)
    turn(desk, NOW + DAY)
    archive = Archive(desk.data_dir)
    assert sorted(int(path.name) for path in archive.generations.iterdir()) == [5, 6, 7, 8]
    assert [path.name for path in archive.files.glob("interactions/*/*")] == ["8.parquet"]


def test_a_segment_of_which_the_archive_has_all_is_not_loaded_again_when_it_comes_back(desk: Desk, tmp_path: Path):
    post_some(desk, 0, 3)
    desk.seal()
    turn(desk, NOW + HOUR)
    (path,) = [each for each in desk.journal_dir.glob("*.sqlite") if desk.journal_dir in each.parents][:1]
    copy = tmp_path / "copy"
    copy.write_bytes(path.read_bytes())
    before = everything(desk.record_path)
    turn(desk, NOW + 8 * DAY)
    assert not path.exists()
    turn(desk, NOW + 10 * DAY)
    assert desk.query("select count(*) from positions where segment = ?", path.name) == [(0,)]
    path.write_bytes(copy.read_bytes())  # an older backup of the journal
    with Record(desk.record_path) as record:
        assert drain(record, desk.journal_dir).deliveries == 0
    assert everything(desk.record_path) == before
    turn(desk, NOW + 11 * DAY)
    assert not path.exists()


def test_what_cannot_be_written_stops_no_loading_and_is_said(desk: Desk):
    post_some(desk, 0, 1)
    desk.load()
    (desk.data_dir / "archive").write_text("no folder")
    (said,) = turn(desk, NOW + HOUR)
    assert "the archive is not kept up" in said
    desk.post(click("next"))
    desk.load()
    (desk.data_dir / "archive").unlink()
    assert turn(desk, NOW + HOUR) == []
    assert seen_by_readers(desk.data_dir) == rows_of_record(desk.record_path)


def test_a_segment_that_vanished_is_said_as_long_as_it_is_gone_and_its_rows_stay(desk: Desk):
    post_some(desk, 0, 1)
    desk.seal()
    desk.load()
    (path,) = sorted(desk.journal_dir.glob("*.sqlite"))[:1]
    content = path.read_bytes()
    path.unlink()
    for _ in range(2):
        said = turn(desk, NOW + HOUR)
        assert "is gone from the journal" in said[0] and "cannot be archived" in " ".join(said)
    assert desk.query("select count(*) from pending") == [(4,)]
    path.write_bytes(content)
    assert turn(desk, NOW + 2 * HOUR) == []
    assert desk.query("select count(*) from pending") == [(0,)]


@pytest.mark.parametrize("kind", ["manifest.json", "files"])
def test_a_damaged_archive_is_named_and_the_journal_is_not_shortened(desk: Desk, kind: str):
    post_some(desk, 0, 1)
    desk.seal()
    turn(desk, NOW + HOUR)
    archive = Archive(desk.data_dir)
    if kind == "files":
        (path,) = (archive.current / "deliveries").glob("*/*.parquet")
    else:
        path = archive.current / kind
    path.write_bytes(b"garbage")
    turn(desk, NOW + 9 * DAY)
    assert list(desk.journal_dir.glob("*.sqlite"))
    assert desk.query("select count(*) from positions where removed_at is not null") == [(0,)]
