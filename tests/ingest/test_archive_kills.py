"""This module owns the promise that a turn of the archive may be killed at any step: nothing twice, nothing lost."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from archiving import DAY, HOUR, NOW, everything, post_some, rows_of_record, seen_by_readers, turn
from journaling import Desk
from running import ROOT, environment

from ingest.archive.layout import Archive
from ingest.archive.reading import archived_deliveries

# A turn of the archive in a process of its own, which ends itself by SIGKILL at a step, or notes all its steps: the
# calls that change the disk, by what our code calls them from.
TURN = """
import os, signal, sys, json
from datetime import datetime
from pathlib import Path
data_dir, when, wanted = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), sys.argv[3]
import duckdb
from ingest.archive.settings import Retention
from ingest.archive.upkeep import Upkeep
from ingest.store import Record, drain
steps = []
def step(name):
    frame = sys._getframe(2)
    while frame and "/ingest/archive/" not in frame.f_code.co_filename:
        frame = frame.f_back
    if frame is None:
        return
    here = f"{name} in {Path(frame.f_code.co_filename).stem}.{frame.f_code.co_name}"
    steps.append(here)
    if here == wanted:
        os.kill(os.getpid(), signal.SIGKILL)
def wrap(owner, name):
    real = getattr(owner, name)
    def wrapped(*args, **kwargs):
        step(name)
        return real(*args, **kwargs)
    setattr(owner, name, wrapped)
for owner, names in ((os, ("fsync", "link", "rename", "replace", "symlink", "unlink", "mkdir", "rmdir")),):
    for name in names:
        wrap(owner, name)
class Connection:
    def __init__(self, real): self.real = real
    def __getattr__(self, name): return getattr(self.real, name)
    def execute(self, sql, *bound):
        if sql == "commit":
            step("before commit")
        found = self.real.execute(sql, *bound)
        if sql == "commit":
            step("after commit")
        return found
with Record(data_dir / "interactions.duckdb") as record:
    drain(record, data_dir / "journal")
    said = Upkeep(data_dir, Retention(raw_days=0)).turn(Connection(record.connection), when)
print(json.dumps([said, sorted(set(steps))]))
"""


def child(desk: Desk, when: str, wanted: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", TURN, str(desk.data_dir), when, wanted], cwd=ROOT, env=environment(), text=True,
        capture_output=True, check=False, timeout=100,
    )  # fmt: skip


def prepared(folder: Path) -> Desk:
    """A desk of which the next turn seals, compacts a day, publishes, tidies and shortens the journal."""
    desk = Desk(folder)
    for hour in range(1, 6):
        post_some(desk, hour, 1)
        turn(desk, NOW + hour * HOUR)
    post_some(desk, 6, 1)
    desk.seal()
    desk.load()
    return desk


def steps(folder: Path) -> list[str]:
    with prepared(folder) as desk:
        done = child(desk, (NOW + DAY).isoformat(), "")
        said, found = json.loads(done.stdout)
        assert said == [], done.stderr
        assert not list(desk.journal_dir.glob("*-w1-*")) or found
        return [str(each) for each in found]


@pytest.mark.long
def test_the_next_turn_completes_what_a_kill_at_any_step_left(tmp_path: Path):
    names = steps(tmp_path / "steps")
    for number, name in enumerate(names):
        survives(tmp_path / str(number), name)


@pytest.mark.parametrize(
    "name",
    [pytest.param("rename in writing.write", marks=pytest.mark.long), "after commit in seal.seal",
     pytest.param("unlink in generation.tidy", marks=pytest.mark.long)],
)  # fmt: skip
def test_the_next_turn_completes_what_a_kill_left(tmp_path: Path, name: str):
    survives(tmp_path, name)


def survives(folder: Path, name: str) -> None:
    """Kill a turn at a step; the next turn leaves what a turn that was not killed leaves."""
    with prepared(folder) as desk:
        before = everything(desk.record_path)
        assert child(desk, (NOW + DAY).isoformat(), name).returncode == -signal.SIGKILL, name
        assert turn(desk, NOW + DAY + HOUR, raw_days=0) == [], name
        assert everything(desk.record_path) == before, name
        assert desk.query("select count(*) from pending") == [(0,)], name
        assert seen_by_readers(desk.data_dir) == rows_of_record(desk.record_path), name
        archive = Archive(desk.data_dir)
        ids = [row.delivery.delivery_id for _, row in archived_deliveries(desk.data_dir)]
        assert len(ids) == len(set(ids)) == 24, name
        assert not archive.damage(archive.manifest().files)
        noted = {archive.files / file.path for file in archive.manifest().files}
        older = {path.name for path in archive.generations.iterdir()}
        assert not list(archive.root.rglob("*.new")) and len(older) <= 4
        assert set(archive.files.rglob("*.parquet")) == noted
        assert len(list(desk.journal_dir.glob("*.sqlite"))) <= 1  # the one that is open
        desk.record_path.unlink()
        turn(desk, NOW + DAY + HOUR, raw_days=0)
        assert everything(desk.record_path) == before, name
