"""This module owns the promises about a damaged record: it is found, it is loud, the journal makes it again."""

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest
from journaling import Desk, click

from ingest.store import Record, RecordError, drain, read_record

ROWS = {
    "interactions": "select * from interactions order by id",
    "reports": "select * from reports order by key_hash, content_hash",
    "texts": "select * from texts_seen order by all",
    "variants": "select * from creative_variants order by variant_id",
    "creatives": "select * from creatives order by creative_id",
    "ads": "select * from ads order by all",
    "quarantine": "select * from quarantine order by delivery_id, item_index",
    "seen": "select * from seen order by all",
    "refusals": "select * from refusals order by all",
}


def everything(record_path: Path) -> dict[str, list[tuple]]:
    with read_record(record_path) as connection:
        return {name: connection.execute(sql).fetchall() for name, sql in ROWS.items()}


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[tuple]]]:
    """A record whose tables have blocks of their own, in its folder, and everything in it."""
    rng, folder = random.Random(1), tmp_path_factory.mktemp("original")
    with Desk(folder) as desk:
        for batch in range(2):
            texts = [f"{rng.randbytes(400).hex()} {n}" for n in range(300)]
            items = [click(f"{batch}-{n}", text, ad_id=f"a{n}", landing_page=text) for n, text in enumerate(texts)]
            desk.post(*items, {"type": "report", "day": "2026-11-22", "level": "ad", "ad_id": f"a{batch}"})
        desk.post(click("x", occurred_at="never"))
        desk.journal.count_refusal("shop", "signature_wrong", 10)
        desk.seal()
        desk.load()
    return folder, everything(desk.record_path)


@pytest.fixture
def before(original: tuple[Path, dict[str, list[tuple]]]) -> dict[str, list[tuple]]:
    return original[1]


@pytest.fixture
def loaded(original: tuple[Path, dict[str, list[tuple]]], tmp_path: Path) -> Iterator[Desk]:
    """A copy of the original, to be damaged."""
    shutil.copytree(original[0], tmp_path, dirs_exist_ok=True)
    with Desk(tmp_path) as desk:
        yield desk


def overwritten(at: float) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        with path.open("r+b") as file:
            file.seek(int(path.stat().st_size * at))
            file.write(random.Random(2).randbytes(4096))

    return damage


def cut(to: float) -> Callable[[Path], None]:
    return lambda path: os.truncate(path, int(path.stat().st_size * to))


def deleted_rows(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("delete from interactions where id like '1-1%'")


def without_a_table(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("drop table loads")


DAMAGES = {
    "empty": cut(0), "cut at 30 %": cut(0.3), "cut at 90 %": cut(0.9), "header": overwritten(0),
    "catalogue": overwritten(0.01), "rows gone": deleted_rows, "table gone": without_a_table,
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_record_is_moved_aside_and_made_again_with_equal_rows(loaded: Desk, before, capsys, damage: str):
    DAMAGES[damage](loaded.record_path)
    with Record(loaded.record_path) as record:
        drain(record, loaded.journal_dir)
    assert record.rebuilt is not None and "is rebuilt from the journal" in record.rebuilt
    assert "is rebuilt from the journal" in capsys.readouterr().err
    assert everything(loaded.record_path) == before
    assert len(list(loaded.data_dir.glob("interactions.duckdb.damaged-*"))) >= 1
    with Record(loaded.record_path) as record:
        assert record.rebuilt is None


def test_damage_that_only_a_later_look_finds_is_moved_aside_then(loaded: Desk, before, capsys):
    for at in (0.3, 0.5, 0.7, 0.9):
        overwritten(at)(loaded.record_path)
    with suppress(duckdb.Error), Record(loaded.record_path) as record:
        for sql in ROWS.values():
            record.connection.execute(sql).fetchall()
    assert "is rebuilt from the journal" in capsys.readouterr().err
    loaded.load()
    assert everything(loaded.record_path) == before


def test_an_error_that_is_no_damage_moves_nothing_aside(loaded: Desk):
    with pytest.raises(duckdb.Error, match="nothing"), Record(loaded.record_path) as record:
        record.connection.execute("select * from nothing")
    assert not list(loaded.data_dir.glob("*damaged*"))


def test_a_record_that_is_gone_is_made_again(loaded: Desk, before):
    loaded.record_path.unlink()
    loaded.load()
    assert everything(loaded.record_path) == before


def test_a_second_loader_is_told_who_holds_the_lock(desk: Desk):
    with Record(desk.record_path), pytest.raises(RecordError, match=f"held by pid {os.getpid()}"):
        Record(desk.record_path).__enter__()
    with Record(desk.record_path) as record:
        assert record.rebuilt is None


HOLDER = """
import duckdb, sys, time
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
time.sleep(60)
"""


def test_a_record_that_somebody_opened_to_write_is_busy_and_not_damaged(loaded: Desk):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(loaded.record_path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(RecordError, match="held open by another process"):
            loaded.load()
    finally:
        holder.kill()
        holder.wait()
    assert loaded.load().damaged == [] and not list(loaded.data_dir.glob("*damaged*"))


def test_a_reader_waits_while_the_loader_works(loaded: Desk):
    reader = "import sys; from pathlib import Path; from ingest.store import read_record\n"
    reader += "with read_record(Path(sys.argv[1])) as c: print(c.execute('select count(*) from reports').fetchone()[0])"
    with Record(loaded.record_path):
        waiting = subprocess.Popen([sys.executable, "-c", reader, str(loaded.record_path)], stdout=subprocess.PIPE)
        time.sleep(0.7)
        assert waiting.poll() is None
    assert waiting.communicate(timeout=10)[0] == b"2\n"


def test_reading_before_anything_was_loaded_says_so(tmp_path: Path):
    with pytest.raises(RecordError, match="nothing was loaded"), read_record(tmp_path / "no.duckdb"):
        pass
