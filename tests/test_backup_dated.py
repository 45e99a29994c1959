"""This module owns the promises of backups that happen by themselves: what goes is older, ours, and not needed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from journaling import Desk, click, until
from running import ROOT, environment
from trial_disks import may_mount, small_disk
from typer.testing import CliRunner, Result

import whichad
from analytics.config import AnalyticsSettings
from analytics.status.health import Finding, status
from ingest.backup import container
from ingest.backup.container import BackupError, opened
from ingest.backup.dated import dated_name, sweep, thin
from ingest.backup.restore import place, rebuild, unpack
from ingest.backup.standing import NOTED, standing
from ingest.backup.take import backup
from ingest.config import load
from ingest.counting.measured import measured
from ingest.visitors.key import visitor_key

MB = 1 << 20
BEGIN = datetime(2026, 1, 1, 3, tzinfo=UTC)


def new_home(folder: Path, sections: str = "") -> AnalyticsSettings:
    """A home with settings, a key and one delivery."""
    folder.mkdir()
    (folder / "whichad.toml").write_text(f'data_dir = "data"\n{sections}')
    with Desk(folder) as desk:
        desk.post(click("1"))
    settings = load(AnalyticsSettings, folder / "whichad.toml")
    visitor_key(settings.data_dir)
    return settings


@pytest.fixture
def home(tmp_path: Path) -> AnalyticsSettings:
    (tmp_path / "backups").mkdir()
    return new_home(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def taken(settings: AnalyticsSettings, folder: Path, day: int) -> Path:
    """A dated backup as one of that day would be called."""
    return backup(settings, folder / dated_name(BEGIN + timedelta(days=day))).path


def words(settings: AnalyticsSettings, *arguments: object) -> list[str]:
    return ["backup", *map(str, arguments), "--config", str(settings.config_path)]


def run(settings: AnalyticsSettings, *arguments: object) -> Result:
    return CliRunner().invoke(whichad.app, words(settings, *arguments))


def dated(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("whichad-*.tar")}


def restored(path: Path, to: Path) -> int:
    """The deliveries that a restore brings back, held to their hashes."""
    with opened(path) as reader:
        data_dir = place(reader, to)
        reader.verify(lambda _count: None)
        found = rebuild(unpack(reader, to, data_dir))
    assert found.ok
    return found.deliveries


def test_the_newest_are_kept_and_the_very_newest_brings_everything_back(
    home: AnalyticsSettings, folder: Path, tmp_path: Path
):
    old = [taken(home, folder, day).name for day in range(4)]
    with Desk(home.base_dir) as desk:
        desk.post(click("2"))
    done = run(home, "--dir", folder, "--keep", 2, "--format", "json")
    assert done.exit_code == 0, done.stderr
    newest = Path(json.loads(done.stdout)[0]["file"])
    assert dated(folder) == {old[3], newest.name} and newest.stat().st_mode & 0o777 == 0o600
    assert done.stderr.count("Deleted ") == 3 and "2 newer ones are kept" in done.stderr
    assert restored(newest, tmp_path / "drill") == 2 and not (tmp_path / "drill" / "data" / NOTED).exists()
    assert restored(folder / old[3], tmp_path / "older") == 1


def test_without_a_number_nothing_is_deleted(home: AnalyticsSettings, folder: Path):
    old = taken(home, folder, 0)
    assert run(home, "--dir", folder).exit_code == 0
    assert old.exists() and len(dated(folder)) == 2


def test_what_is_no_whole_backup_of_this_very_whichad_stays(home: AnalyticsSettings, folder: Path, tmp_path: Path):
    names = [dated_name(BEGIN - timedelta(days=day)) for day in range(1, 8)]
    other = new_home(tmp_path / "other")
    backup(other, folder / names[0])
    other_node = new_home(tmp_path / "node", f'[nodes]\nshared = "{tmp_path}"\nnode = "b"\n')
    shutil.copy(home.data_dir / "visitor.key", other_node.data_dir)  # as nodes have it
    backup(other_node, folder / names[1])
    by_hand = backup(home, folder / "before-update.tar").path
    shutil.copy(by_hand, folder / names[2])
    os.truncate(folder / names[2], by_hand.stat().st_size // 2)
    (folder / names[3]).write_text("a stranger's")
    (folder / names[4]).symlink_to(by_hand)
    (folder / names[5]).mkdir()
    (folder / f"{names[6]}.gpg").write_bytes(by_hand.read_bytes())
    (folder / "photos.tar").write_text("a stranger's")
    before = {path.name for path in folder.iterdir()}
    mine = taken(home, folder, 0)
    done = run(home, "--dir", folder, "--keep", 1)
    assert done.exit_code == 0 and not mine.exists()
    assert {path.name for path in folder.iterdir()} >= before and len(dated(folder)) == 7
    for name in (names[2], names[3]):
        assert name in done.stderr, "a file that has our name and is no whole backup is named"
    assert names[0] not in done.stderr and names[1] not in done.stderr


def start(home: AnalyticsSettings, folder: Path, keep: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "whichad", *words(home, "--dir", folder, "--keep", keep)]
    pipe = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=pipe, stderr=pipe)


def test_of_one_that_is_killed_while_it_writes_nothing_is_counted_and_the_older_ones_stay(
    home: AnalyticsSettings, folder: Path, tmp_path: Path
):
    old = [taken(home, folder, day) for day in range(2)]
    (home.data_dir / "large").write_bytes(os.urandom(256 * MB))
    process = start(home, folder, 1)
    until(lambda: any(half.stat().st_size > MB for half in folder.glob(".whichad-*/backup.tar")), 60)
    process.send_signal(signal.SIGKILL)
    assert process.wait(10) == -signal.SIGKILL
    (half,) = folder.glob(".whichad-*")
    assert dated(folder) == {path.name for path in old}
    assert [restored(path, tmp_path / path.stem) for path in old] == [1, 1]
    (home.data_dir / "large").unlink()
    sweep(folder, time.time())
    assert half.exists(), "it could still be written to by somebody"
    an_hour_ago = time.time() - 3601
    for path in (*half.iterdir(), half):
        os.utime(path, (an_hour_ago, an_hour_ago))
    assert run(home, "--dir", folder, "--keep", 2).exit_code == 0
    assert not old[0].exists() and old[1].exists() and len(dated(folder)) == 2, "the half one is none of the two"
    assert not half.exists()


def test_of_a_half_one_only_what_a_backup_writes_is_removed(folder: Path):
    folder.mkdir()
    half = folder / f".{dated_name(BEGIN)}.x1y2z3a4"
    strange = folder / ".whichad-mine.tar.x1y2z3a4"
    for each in (half, strange):
        each.mkdir()
        (each / "backup.tar").write_text("half")
    (half / "notes.txt").write_text("a stranger's")
    sweep(folder, time.time() + 3601)
    assert [path.name for path in half.iterdir()] == ["notes.txt"] and (strange / "backup.tar").exists()


def test_on_a_full_disk_the_older_ones_stay_and_nothing_half_is_left(home: AnalyticsSettings, tmp_path: Path):
    if said := may_mount(tmp_path):
        pytest.skip(said)
    (home.data_dir / "large").write_bytes(os.urandom(8 * MB))
    folder = tmp_path / "small"
    with small_disk(folder, 20 * MB):
        old = [taken(home, folder, day) for day in range(2)]
        done = run(home, "--dir", folder, "--keep", 1)
        assert (done.exit_code, "No space left" in done.stderr) == (1, True), done.stderr
        assert sorted(folder.iterdir()) == old, "only what is on disk makes an older one needless"
        assert standing(home.data_dir, datetime.now(UTC).replace(tzinfo=None)) is None
        assert [restored(path, tmp_path / path.stem) for path in old] == [1, 1]


def test_where_a_disk_gives_back_other_bytes_than_were_written_there_is_no_new_backup_and_no_older_one_less(
    home: AnalyticsSettings, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    old = taken(home, folder, 0)
    close = container.Writer.close

    def closed(writer: container.Writer, said: dict[str, object]) -> None:
        close(writer, said)
        path = next(folder.glob(".whichad-*/backup.tar"))
        content = bytearray(path.read_bytes())
        content[content.index(b"Quiet SUVs")] ^= 1
        path.write_bytes(content)

    monkeypatch.setattr(container.Writer, "close", closed)
    done = run(home, "--dir", folder, "--keep", 1)
    assert done.exit_code == 1 and "could not be read back" in done.stderr and "is not what was written" in done.stderr
    assert list(folder.iterdir()) == [old]


def test_while_what_is_taken_is_damaged_older_ones_stay_for_they_may_hold_the_last_whole_copy(
    home: AnalyticsSettings, folder: Path
):
    old = [taken(home, folder, day) for day in range(3)]
    damaged = home.journal_dir / "vm-w9-1-1.sqlite"
    damaged.write_bytes(b"garbage" * 500)
    done = run(home, "--dir", folder, "--keep", 1)
    assert done.exit_code == 1 and "No older backup was deleted, as what it took was damaged" in done.stderr
    assert all(path.exists() for path in old) and len(dated(folder)) == 4
    damaged.unlink()
    newest = taken(home, folder, 30)
    assert thin(newest, 2).gone == old[:2], "the damaged one is not counted, so the last sound one before it stays"
    assert old[2].exists() and len(dated(folder)) == 3


def test_one_that_a_clock_gone_back_makes_older_than_the_rest_is_not_deleted_by_itself(
    home: AnalyticsSettings, folder: Path
):
    late = taken(home, folder, 0)
    newer = [taken(home, folder, day) for day in (1, 2)]
    assert thin(late, 2).gone == [] and all(path.exists() for path in (late, *newer))


def test_before_there_is_a_key_nothing_is_known_as_ours(home: AnalyticsSettings, folder: Path):
    (home.data_dir / "visitor.key").unlink()
    old, newest = taken(home, folder, 0), taken(home, folder, 1)
    found = thin(newest, 1)
    assert old.exists() and found.gone == [] and "visitors' key" in found.notes[0]


@pytest.mark.parametrize("arguments", [(), ("a.tar", "--dir", "b"), ("a.tar", "--keep", "3"), ("--keep", "3"),
                                       ("--dir", "b", "--keep", "0")])  # fmt: skip
def test_a_call_that_says_two_things_or_none_is_refused(home: AnalyticsSettings, arguments: tuple[str, ...]):
    assert run(home, *arguments).exit_code == 2


def test_a_folder_that_is_not_there_is_not_made_for_it_may_be_a_disk_that_is_not_mounted(
    home: AnalyticsSettings, tmp_path: Path
):
    done = run(home, "--dir", tmp_path / "nowhere", "--keep", "3")
    assert done.exit_code == 1 and "There is no folder" in done.stderr and not (tmp_path / "nowhere").exists()


def looked_at(settings: AnalyticsSettings, days: float) -> Finding | None:
    """What `whichad status` says of backups so many days from now."""
    now = datetime.now(UTC).replace(tzinfo=None) + timedelta(days=days)
    return next((each for each in status(settings, now) if each.what == "backup"), None)


def test_backups_that_stop_are_named_by_status_and_counted_by_the_metrics(home: AnalyticsSettings, folder: Path):
    assert looked_at(home, 0) is None, "who takes none was never promised one"
    run(home, folder / "by-hand.tar")
    found = looked_at(home, 100)
    assert found is not None and found.ok and found.detail.startswith("the last one is 100 days old"), "nor here"
    run(home, "--dir", folder)
    run(home, folder / "by-hand-2.tar")
    assert [(each.ok, each.detail) for days in (0, 1.9) if (each := looked_at(home, days))] == [
        (True, f"the last one is {hours} h old: {folder}/by-hand-2.tar") for hours in (0, 45)
    ]
    found = looked_at(home, 3.1)
    assert found is not None and (found.ok, found.detail) == (False, f"no backup for 3 days in {folder}")
    assert found.hint.endswith(f"whichad backup --dir {folder}")
    ages = {each.name: each.value for each in measured(home, datetime.now(UTC) + timedelta(days=3))}
    assert 3 * 86400 <= ages["whichad_backup_age_seconds"] < 3 * 86400 + 60
    (home.data_dir / NOTED).write_text("garbage")
    assert looked_at(home, 3) is None and "whichad_backup_age_seconds" not in {
        each.name for each in measured(home, datetime.now(UTC))
    }


def test_where_the_data_s_own_disk_takes_no_note_the_backup_counts(home: AnalyticsSettings, folder: Path):
    (home.data_dir / NOTED).mkdir()
    done = run(home, "--dir", folder)
    assert done.exit_code == 0 and "could not be noted" in done.stderr and len(dated(folder)) == 1


def test_a_manifest_that_says_too_little_is_no_backup(home: AnalyticsSettings, folder: Path, tmp_path: Path):
    strange = folder / dated_name(BEGIN)
    with container.Writer(strange, lambda _count: None) as writer:
        writer.close({"whichad": "0.1.0"})
    newest = taken(home, folder, 1)
    assert thin(newest, 1).gone == [] and strange.exists()
    with pytest.raises(BackupError, match="says too little"):
        thin(strange, 1)
