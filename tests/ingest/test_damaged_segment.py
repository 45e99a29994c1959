"""This module owns the promises about damaged segments: a hole or a flip is said, and the rest is loaded."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from journaling import Desk, click

from ingest.journal import segments
from ingest.segments.segment import SegmentReader, SegmentWriter


def change(path: Path, sql: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(sql)
    connection.close()


@pytest.fixture
def desk_with_five(desk: Desk) -> Desk:
    for number in range(5):
        desk.post(click(str(number)))
    return desk


BEGINNING = 32 + 24 + 8192 + 24 + 4000  # in the second frame of a WAL
ALL_FIVE = [(str(number),) for number in range(5)]


def test_a_row_that_is_not_the_one_that_was_loaded_reloads_the_segment_without_counting_twice(desk_with_five, capsys):
    desk_with_five.journal.count_refusal("shop", "signature_wrong", 10)
    desk_with_five.seal()
    (path,) = segments(desk_with_five.journal_dir)
    change(path, "delete from seal")  # not sealed yet, so it is looked at again
    desk_with_five.load()
    change(path, "update deliveries set chain = zeroblob(32) where row = 5")
    done = desk_with_five.load()
    assert done.damaged[0] == f"{path.name}: row 5 is not the one that was loaded; loading it all again"
    assert "row 5 is not the one" in capsys.readouterr().err
    assert desk_with_five.query("select id from interactions order by id") == ALL_FIVE
    assert desk_with_five.query("select sum(accepted)::int, sum(duplicates)::int from loads") == [(5, 5)]
    assert desk_with_five.query("select deliveries from refusals") == [(1,)]


@pytest.mark.parametrize(
    ("sql", "ids", "said"),
    [
        ("update deliveries set chain = zeroblob(32) where row = 3", "01234", "from row 2 to row 3"),
        ("update deliveries set body_hash = zeroblob(32) where row = 1", "01234", "from row 0 to row 1"),
        ("update deliveries set delivery_id = 'd' where row = 5", "01234", "from row 4 to row 5"),
        ("delete from deliveries where row = 3", "0134", "from row 2 to row 4"),
        ("delete from deliveries where row >= 4", "012", "ends at row 3, but was sealed with 5 rows"),
        ("delete from deliveries", "", "ends at row 0, but was sealed with 5 rows"),
        ("update seal set chain = zeroblob(32)", "01234", "ends at row 5, but was sealed with 5 rows"),
    ],
)
def test_a_hole_or_a_flip_in_a_segment_is_said_and_the_rest_is_loaded(desk_with_five, capsys, sql, ids, said):
    desk_with_five.seal()
    (path,) = segments(desk_with_five.journal_dir)
    change(path, sql)
    desk_with_five.post(click("later"))
    done = desk_with_five.load()
    assert any(said in text for text in done.damaged) and said in capsys.readouterr().err
    assert desk_with_five.query("select id from interactions order by id") == [*((n,) for n in ids), ("later",)]


def test_a_segment_whose_pages_are_overwritten_is_said_and_what_can_be_read_is_loaded(desk: Desk):
    for number in range(40):
        desk.post(click(str(number), f"{number} " * 2000))
    desk.seal()
    (path,) = segments(desk.journal_dir)
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 65536)
    desk.post(click("later"))
    for load in range(2):
        done = desk.load()
        assert any(path.name in text for text in done.damaged)
        assert done.deliveries > 1 if load == 0 else done.deliveries == 0
    assert ("later",) in desk.query("select id from interactions")


def test_a_file_that_is_no_segment_is_said_and_does_not_stop_the_others(desk: Desk):
    (desk.journal_dir / "a.sqlite").write_bytes(b"not a database")
    desk.post(click("1"))
    assert desk.load().damaged == ["a.sqlite: cannot be read (file is not a database)"]
    assert desk.query("select id from interactions") == [("1",)]


def test_a_copy_of_a_segment_counts_nothing_twice(desk_with_five):
    desk_with_five.seal()
    (path,) = segments(desk_with_five.journal_dir)
    shutil.copy(path, path.with_name("copy.sqlite"))
    assert desk_with_five.load().deliveries == 10
    assert desk_with_five.query("select id from interactions order by id") == ALL_FIVE


@pytest.mark.parametrize(("at", "how", "loaded"), [(BEGINNING, "read from dead.mended", 12), (0, "cannot be had", 7)])
def test_rows_behind_a_hole_in_the_wal_of_a_dead_writer_are_loaded_where_they_can_be_had(
    tmp_path: Path, at: int, how: str, loaded: int
):
    with Desk(tmp_path) as desk:
        folder = desk.data_dir / "journal"
        writer = SegmentWriter(folder / "dead.sqlite")
        for number in range(12):
            desk.post(click(f"c{number}"))
        desk.seal()
        (sealed,) = [path for path in segments(folder) if path.name != "dead.sqlite"]
        with SegmentReader(sealed) as reader:
            for row in reader.after(0, 100):
                writer.append([row.delivery])
        dead = {suffix: (folder / f"dead.sqlite{suffix}").read_bytes() for suffix in ("", "-wal")}
        writer.abandon()
        sealed.unlink()
        for suffix, content in dead.items():
            (folder / f"dead.sqlite{suffix}").write_bytes(content)
        wal = bytearray(dead["-wal"])
        wal[at or len(wal) // 2] ^= 1
        (folder / "dead.sqlite-wal").write_bytes(wal)
        done = desk.load()
        (said,) = done.damaged
        assert "has a hole in its WAL" in said and how in said
        assert desk.query("select count(*) from interactions") == [(loaded,)]
