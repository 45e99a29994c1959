"""This module owns the promise that a damaged WAL is no secret: a hole is said, a torn end is not."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from damage import damages
from journaling import delivery

from ingest.segments.holes import Watch, holes, mended
from ingest.segments.segment import SegmentReader, SegmentWriter
from ingest.segments.wal import FRAME_BYTES, HEADER_BYTES, read_wal

ROWS = 24
PLACES = 40


@pytest.fixture(scope="module")
def dead(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A segment whose writer died after 24 commits: all rows are in its WAL."""
    folder = tmp_path_factory.mktemp("dead")
    writer = SegmentWriter(folder / "live.sqlite")
    for _ in range(ROWS):
        writer.append([delivery()])
    for suffix in ("", "-wal"):
        shutil.copy(folder / f"live.sqlite{suffix}", folder / f"dead.sqlite{suffix}")
    writer.abandon()
    return folder / "dead.sqlite"


@pytest.fixture
def segment(dead: Path, tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    for suffix in ("", "-wal"):
        shutil.copy(f"{dead}{suffix}", tmp_path / f"s.sqlite{suffix}")
    return tmp_path / "s.sqlite"


def rows(path: Path) -> list[bytes]:
    with SegmentReader(path) as reader:
        return [row.chain for row in reader.after(0, 1000)]


def wal_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def frame(path: Path, number: int) -> int:
    """Where a frame (from 0) begins in a WAL."""
    wal = read_wal(path)
    assert wal is not None
    return HEADER_BYTES + number * (FRAME_BYTES + wal.page_bytes)


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_a_whole_wal_has_no_hole_and_all_its_frames_are_whole(segment: Path):
    wal = read_wal(segment)
    assert holes(segment) is None
    assert wal is not None and wal.good == len(wal.pages) >= ROWS and bool(wal.checked.all())
    assert len(rows(segment)) == ROWS


def test_a_flipped_byte_in_the_middle_is_a_hole_though_sqlite_says_nothing_and_all_rows_can_be_had(segment: Path):
    whole = rows(segment)
    flip(wal_of(segment), frame(segment, 9) + 200)
    assert holes(segment) == (
        f"has a hole in its WAL: frame 10 of {ROWS} is damaged, and SQLite does not read the {ROWS - 9} transactions"
        " from there on"
    )
    copy = mended(segment)
    assert copy is not None and rows(copy) == whole
    wal_of(segment).with_name(segment.name + "-shm").unlink()
    assert rows(segment) == whole[:9]
    assert sqlite3.connect(segment).execute("pragma integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("cut", [1, 24, 700, FRAME_BYTES + 8192 - 1])
def test_a_torn_end_is_no_hole(segment: Path, cut: int):
    wal = wal_of(segment)
    with wal.open("r+b") as file:
        file.truncate(wal.stat().st_size - cut)
    assert holes(segment) is None
    assert len(rows(segment)) == ROWS - 1


def test_an_end_that_arrived_without_its_beginning_is_no_hole(segment: Path):
    flip(wal_of(segment), frame(segment, ROWS - 1) + 100)
    assert holes(segment) is None


def test_a_damaged_header_is_said_and_the_rows_can_be_had(segment: Path):
    whole = rows(segment)
    flip(wal_of(segment), 17)
    assert holes(segment) == f"has a WAL whose header is damaged: SQLite reads none of its {ROWS} frames"
    copy = mended(segment)
    assert copy is not None and rows(copy) == whole


def test_a_header_that_is_torn_while_the_wal_begins_anew_is_no_hole(segment: Path):
    connection = sqlite3.connect(segment, isolation_level=None)
    connection.execute("pragma wal_checkpoint(full)")
    shutil.copy(segment, segment.with_name("t.sqlite"))
    shutil.copy(wal_of(segment), segment.with_name("t.sqlite-wal"))
    connection.close()
    flip(segment.with_name("t.sqlite-wal"), 17)
    assert holes(segment.with_name("t.sqlite")) is None
    assert len(rows(segment.with_name("t.sqlite"))) == ROWS


def test_damage_anywhere_in_the_wal_leaves_all_rows_or_is_said_unless_it_looks_like_a_torn_end(segment: Path):
    whole, wal = rows(segment), wal_of(segment)
    original = wal.read_bytes()
    doubtful = frame(segment, ROWS - 2)  # a commit whose end is lost and one more: as one that never ended
    for damage in damages(len(original), PLACES, seed=3):
        wal.write_bytes(original)
        wal.with_name(segment.name + "-shm").unlink(missing_ok=True)
        damage.to(wal)
        said = holes(segment)
        if said is None and damage.at < doubtful - 512:
            assert rows(segment) == whole, damage
        elif said is not None:
            copy = mended(segment)
            assert copy is not None and rows(copy)[:3] == whole[:3], damage


def test_a_watch_looks_again_only_when_something_changed(segment: Path):
    watch = Watch()
    assert watch.look(segment) is None
    flip(wal_of(segment), frame(segment, 3) + 200)
    assert watch.look(segment) is None  # written to a moment ago: its writer may be at work
    assert "hole" in (Watch().look(segment) or "")
    assert watch.look(segment.with_name("none.sqlite")) is None
