"""This module owns the promise that damage at rest is never silent: rows are intact, or what is wrong is said."""

import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from damage import damages
from journaling import Desk, click
from running import ROOT

from ingest.store import Record, drain, read_record
from ingest.store.footing import footing, unreadable

PLACES, SEED = 10, 5


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, tuple[int, str]]]]:
    """A loaded record whose journal is sealed, and the footing of its content."""
    folder, rng = tmp_path_factory.mktemp("original"), random.Random(1)
    with Desk(folder) as desk:
        for batch in range(2):
            desk.post(
                *(click(f"{'ab'[batch]}{n}", f"{rng.randbytes(90).hex()} {n}", ad_id=f"a{n}") for n in range(200))
            )
        desk.seal()
        desk.load()
        with read_record(desk.record_path) as connection:
            before = footing(connection)
    yield folder / "data", before


def test_the_footing_is_that_of_the_content_and_not_of_the_file(original, tmp_path: Path):
    data, before = original
    with Record(tmp_path / "again.duckdb") as record:
        drain(record, data / "journal")
        assert footing(record.connection) == before
        record.connection.execute("update interactions set term = 'x' where id = 'a7'")
        assert footing(record.connection)["interactions"] != before["interactions"]
        assert unreadable(record.connection) is None


def test_a_record_that_is_damaged_at_rest_is_read_rightly_or_not_at_all(original, tmp_path: Path):
    data, before = original
    said = 0
    for number, damage in enumerate(damages((data / "interactions.duckdb").stat().st_size, PLACES, SEED)):
        record_path = tmp_path / str(number) / "interactions.duckdb"
        shutil.copytree(data, record_path.parent)
        if not damage.to(record_path):
            continue
        try:
            with Record(record_path) as record:
                drain(record, record_path.parent / "journal")
                why = unreadable(record.connection)
                assert why is not None or footing(record.connection) == before, damage
                said += bool(why or record.rebuilt)
        except duckdb.Error as error:
            assert "Corrupt" in str(error) or "Could not read" in str(error), damage
            said += 1
        shutil.rmtree(record_path.parent)
    assert said > 0, "no damage was felt, so the test proves nothing"


LOADER = """
import os, sys
from pathlib import Path
from ingest.store import Record, drain
record = Record(Path(sys.argv[1])).__enter__()
drain(record, Path(sys.argv[2]))
os._exit(0)
"""


def test_a_wal_that_a_crash_left_is_not_believed_and_what_it_held_is_loaded_again(original, tmp_path: Path):
    data, before = original
    crashed = tmp_path / "crashed.duckdb"
    subprocess.run(
        [sys.executable, "-c", LOADER, str(crashed), str(data / "journal")], cwd=ROOT, check=True, timeout=60
    )
    wal = crashed.with_name(crashed.name + ".wal")
    content, whole = crashed.read_bytes(), wal.read_bytes()
    for damage in damages(len(whole), PLACES, SEED):
        crashed.write_bytes(content)
        wal.write_bytes(whole)
        replace(damage, zeros=True).to(wal)
        with Record(crashed) as record:
            drain(record, data / "journal")
            assert record.rebuilt is None and footing(record.connection) == before, damage
