"""This module owns the promises of backup and restore: all that was acknowledged is in it, damage restores nothing."""

import hashlib
import io
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from archiving import DAY, HOUR, everything, post_some, turn
from archiving import NOW as ARRIVED
from journaling import Desk, click, until
from journeys import NOW, Books, journey, report
from running import ROOT, Ingest, environment

from analytics.config import AnalyticsSettings
from ingest.archive.layout import Archive, Manifest, written
from ingest.backup.container import CHECKSUM, MANIFEST, BackupError, opened
from ingest.backup.contents import DERIVED, parts
from ingest.backup.restore import place, rebuild, unpack
from ingest.backup.take import Taken, backup
from ingest.config import IngestSettings, load
from ingest.holding import hold
from ingest.journal import segments
from ingest.store.opening import SCHEMA_VERSION

GUIDE = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
MOMENT = "2026-01-05T08:00:00Z"


def commands(name: str) -> str:
    """A block of the guide, as it is written there."""
    found = re.search(rf"<!-- drill: {name} -->\n```sh\n(.*?)```", GUIDE, re.DOTALL)
    assert found is not None
    return found[1]


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run commands of the guide in a folder, with `whichad` on the path."""
    tools = folder / "bin"
    tools.mkdir(exist_ok=True)
    (tools / "whichad").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m whichad "$@"\n')
    (tools / "whichad").chmod(0o755)
    env = environment(PATH=f"{tools}:{os.environ['PATH']}", PYTHONPATH=str(ROOT))
    command = ["sh", "-ex", "-c", script]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=200, check=False)


class Up(Ingest):
    """The whole product: `whichad up`."""

    def start(self) -> None:
        with self.config.open("a", encoding="utf-8") as config:
            config.write("[dashboard]\nport = 0\n[refresh]\nevery_seconds = 0.3\n")
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "whichad", "up", "--config", str(self.config)]
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while not self._answers():
            assert self.process.poll() is None and time.monotonic() < deadline, self.log.read_text(encoding="utf-8")
            time.sleep(0.1)

    def _answers(self) -> bool:
        with suppress(OSError, ValueError, KeyError):
            self.run_file = json.loads((self.settings.data_dir / "ingest.json").read_text(encoding="utf-8"))
            return self.request("GET", "/healthz").status == 200
        return False

    def kill_all(self) -> None:
        """SIGKILL for all processes at once; returns when the last one is dead."""
        assert self.process is not None
        everyone = list(family(self.process.pid))
        for pid in everyone:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(10)
        until(lambda: not any(map(lives, everyone)), 30)

    def stop(self) -> int | None:
        if self.process is not None and self.process.poll() is None:
            self.kill_all()
        return None


def family(pid: int) -> Iterator[int]:
    """A process and everything it started."""
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield from family(int(child))


def lives(pid: int) -> bool:
    """Whether a process runs; one that nobody has waited for is dead, too."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


def post_until(up: Up, done: threading.Event, receipts: list[str], name: str) -> None:
    number = 0
    while not done.is_set():
        number += 1
        items = [
            {"id": f"{name}-{number}-{i}", "type": "click", "occurred_at": MOMENT, "cost": "0.10"} for i in range(5)
        ]
        with suppress(Exception):
            answer = up.post(items)
            if answer.status == 200:
                receipts.append(answer.json["receipt"])
        time.sleep(0.02)  # a load, and no flood: the test is about what is lost, not how much


def test_the_drill_as_the_guide_says_it_brings_back_all_that_was_acknowledged_before_the_backup(tmp_path: Path):
    home, done = tmp_path / "home", threading.Event()
    logs: list[list[str]] = [[], []]
    with Up(home, workers=2, segment_rows_max=40) as up:
        threads = [threading.Thread(target=post_until, args=(up, done, log, f"s{n}")) for n, log in enumerate(logs)]
        for thread in threads:
            thread.start()
        try:
            deadline = time.monotonic() + 60
            while not (up.settings.data_dir / "creatives.duckdb").exists() or sum(map(len, logs)) < 150:
                assert time.monotonic() < deadline, up.log.read_text(encoding="utf-8")
                time.sleep(0.1)
            promised = [receipt for log in logs for receipt in list(log)]
            taken = shell(commands("backup"), home)
            assert taken.returncode == 0, taken.stderr
            assert sum(map(len, logs)) > len(promised), "nothing was posted meanwhile, so the test proves little"
            up.kill_all()
        finally:
            done.set()
            for thread in threads:
                thread.join(60)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.move(home / "backup.tar", elsewhere)
    shutil.rmtree(home)
    (elsewhere / "receipts.log").write_text("\n".join(promised), encoding="utf-8")
    drill = shell(commands("restore"), elsewhere)
    assert drill.returncode == 0, drill.stderr
    assert f"{len(promised)} of {len(promised)} receipts" in drill.stderr
    assert "Everything adds up." in drill.stderr and not (elsewhere / "drill").exists()


def marts(books: Books) -> dict[str, list[tuple[object, ...]]]:
    return books.build(NOW).tables()


def test_where_traffic_had_stopped_the_restored_books_say_the_same(tmp_path: Path):
    books = Books(tmp_path / "home")
    books.post(*journey("A B => 30 -10"), *journey("A", who="w"), report("2026-09-14", "3", ad_id="7"))
    books.post(*journey("A B => 30 -10"))
    books.load()
    books.post(*journey("(email) C => lead 5", who="x"), report("2026-09-14", "4", ad_id="7"))
    books.load()
    taken = backup(books.settings, tmp_path / "backup.tar")
    assert (taken.segments, taken.deliveries, taken.newest) == (2, 3, datetime(2026, 11, 23, 11, 0, 2))  # noqa: DTZ001
    found = restored(taken.path, tmp_path / "drill")
    assert (found.deliveries, found.ok, found.config) == (3, True, None)
    again = Books(tmp_path / "drill")
    assert again.settings.data_dir == found.data_dir
    assert marts(again) == marts(books)


def restored(path: Path, to: Path):
    with opened(path) as reader:
        data_dir = place(reader, to)
        reader.verify(lambda _count: None)
        return rebuild(unpack(reader, to, data_dir))


@pytest.fixture
def home(tmp_path: Path) -> IngestSettings:
    """A small home: settings, a profile, secrets in files, a journal of two deliveries, one file of everything."""
    folder = tmp_path / "home"
    (folder / "profiles").mkdir(parents=True)
    (folder / "secrets").mkdir()
    (folder / "secrets" / "shop").write_text("whsec_dGVzdHMtb3duLXRoaXMtc2VjcmV0LTMyLWJ5dGVzISE=")
    (tmp_path / "outside").write_text("whsec_dGVzdHMtb3duLXRoaXMtc2VjcmV0LTMyLWJ5dGVzISE=")
    shutil.copy(ROOT / "ingest" / "profiles" / "keitaro.toml", folder / "profiles" / "mine.toml")
    (folder / "whichad.toml").write_text(
        f'data_dir = "data"\n[senders.shop]\nsecrets = ["file:secrets/shop", "file:{tmp_path / "outside"}"]\n'
        '[currencies]\nrates = "rates.csv"\n'
    )
    (folder / "rates.csv").write_text("day,currency,rate\n2026-01-01,EUR,1.08\n")
    with Desk(folder) as desk:
        desk.post(click("1"))
        desk.post(click("2"), click("1"))
    return load(IngestSettings, folder / "whichad.toml")


@pytest.fixture
def taken(home: IngestSettings, tmp_path: Path) -> Taken:
    return backup(home, tmp_path / "backup.tar")


def names(path: Path) -> set[str]:
    with tarfile.open(path) as tar:
        return set(tar.getnames())


def test_it_takes_what_cannot_be_derived_and_leaves_out_the_rest(home: IngestSettings, tmp_path: Path):
    data = home.data_dir
    for name in ("interactions.duckdb", "work.duckdb.wal", "status.json", "writer.lock", "published/1.duckdb", "run/m",
                 "spark/work.duckdb"):  # fmt: skip
        (data / name).parent.mkdir(exist_ok=True)
        (data / name).write_bytes(b"derived")
    (data / "notes").mkdir()
    (data / "notes" / "mine.txt").write_text("nobody knows this file")
    with sqlite3.connect(data / "dashboard.sqlite") as connection:
        connection.execute("pragma journal_mode=wal")
        connection.execute("create table views as select 'open' as name")
        connection.commit()
        with duckdb.connect(str(data / "history.duckdb")) as history:
            history.execute("create table days as select 7 as day")
        path = backup(home, tmp_path / "backup.tar").path  # while the dashboard's file is open, its WAL not folded in
    segment = segments(home.journal_dir)[0].name
    outside = f"elsewhere/{str(tmp_path / 'outside').lstrip('/')}"
    assert names(path) == {
        f"data/journal/{segment}", "data/notes/mine.txt", "data/dashboard.sqlite", "data/history.duckdb",
        "config/whichad.toml", "config/profiles/mine.toml", "config/secrets/shop", "config/rates.csv", outside,
        MANIFEST, CHECKSUM,
    } | ({"data/visitor.key"} if (data / "visitor.key").exists() else set())  # fmt: skip
    assert path.stat().st_mode & 0o777 == 0o600
    found = restored(path, tmp_path / "drill")
    with sqlite3.connect(found.data_dir / "dashboard.sqlite") as connection:
        assert connection.execute("select name from views").fetchall() == [("open",)]
    with duckdb.connect(str(found.data_dir / "history.duckdb")) as history:
        assert history.execute("from days").fetchall() == [(7,)]
    assert (tmp_path / "drill" / "secrets" / "shop").stat().st_mode & 0o777 == 0o600


def test_the_guide_names_all_that_is_left_out():
    assert [pattern for pattern in DERIVED if f"`{pattern}`" not in GUIDE and f"`{pattern}/`" not in GUIDE] == []


def test_an_open_segment_is_copied_with_what_its_wal_holds(tmp_path: Path):
    with Desk(tmp_path) as desk:
        desk.post(click("1"))
        settings = IngestSettings(data_dir=desk.data_dir)
        first = backup(settings, tmp_path / "first.tar")
        desk.post(click("2"))
        second = backup(settings, tmp_path / "second.tar")
    assert [(each.deliveries, each.notes) for each in (first, second)] == [(1, []), (2, [])]
    assert restored(first.path, tmp_path / "drill").deliveries == 1


def test_a_segment_that_is_deleted_meanwhile_is_in_the_archive_that_is_taken(home: IngestSettings):
    with Desk(home.base_dir) as desk:
        desk.post(click("3"))
    listed, gone = [], segments(home.journal_dir)[-1]
    for part in parts(home):
        listed.append(part.name)
        if part.path == segments(home.journal_dir)[0]:  # the loop archives the other one, then deletes it
            generation(home.data_dir, 1)
            gone.unlink()
    assert "data/archive/generations/1/deliveries/received_day=2026-11-23/1.parquet" in listed


def generation(data_dir: Path, number: int) -> None:
    """An archive of one file, as the loop leaves it."""
    archive = Archive(data_dir)
    folder = archive.generations / str(number)
    for root in (archive.files, folder):
        (root / "deliveries" / "received_day=2026-11-23").mkdir(parents=True)
    live = archive.files / "deliveries" / "received_day=2026-11-23" / "1.parquet"
    live.write_bytes(b"rows")
    (folder / live.relative_to(archive.files)).hardlink_to(live)
    (folder / "manifest.json").write_text(written(Manifest(number)))
    archive.current.symlink_to(Path("generations") / str(number))


def test_an_archive_is_restored_with_its_links(home: IngestSettings, tmp_path: Path):
    generation(home.data_dir, 7)
    path = backup(home, tmp_path / "backup.tar").path
    with opened(path) as reader:
        archive = Archive(unpack(reader, tmp_path / "drill", place(reader, tmp_path / "drill")).data_dir)
    assert archive.generation() == 7 and archive.manifest() == Manifest(7)
    (live,) = archive.files.rglob("*.parquet")
    assert live.samefile(archive.current / live.relative_to(archive.files))


def test_what_only_the_archive_holds_any_more_is_restored(tmp_path: Path):
    with Desk(tmp_path / "home") as desk:
        post_some(desk, 0, 4)
        desk.seal()
        assert turn(desk, ARRIVED + HOUR) == []
        for day in range(2, 5):
            assert turn(desk, ARRIVED + day * DAY, raw_days=0) == []
        assert segments(desk.journal_dir) == []
        desk.reopen()
        desk.post(click("after"))
        desk.seal()
        assert turn(desk, ARRIVED + 4 * DAY) == []
        taken = backup(IngestSettings(data_dir=desk.data_dir), tmp_path / "backup.tar")
        before = everything(desk.record_path)
    found = restored(taken.path, tmp_path / "drill")
    assert (taken.segments, taken.deliveries, found.damaged) == (1, found.deliveries, [])
    assert everything(found.data_dir / "interactions.duckdb") == before


def test_a_segment_whose_wal_has_a_hole_is_taken_whole_for_sqlite_would_copy_half_of_it(tmp_path: Path):
    with Desk(tmp_path) as desk:
        for number in range(6):
            desk.post(click(str(number)))
        shutil.copytree(desk.data_dir, tmp_path / "killed")  # as a writer that was killed leaves it
    (wal,) = (tmp_path / "killed" / "journal").glob("*-wal")
    content = bytearray(wal.read_bytes())
    content[len(content) // 2] ^= 1
    wal.write_bytes(content)
    taken = backup(IngestSettings(data_dir=tmp_path / "killed"), tmp_path / "backup.tar")
    assert len(taken.notes) == 1 and "has a hole in its WAL" in taken.notes[0]
    with tarfile.open(taken.path) as tar:
        copy = tar.extractfile(f"data/journal/{wal.name}")
        assert copy is not None and copy.read() == content


def test_a_damaged_segment_is_taken_as_it_is_and_said(home: IngestSettings, tmp_path: Path):
    damaged = home.journal_dir / "vm-w9-1-1.sqlite"
    damaged.write_bytes(b"garbage" * 500)
    taken = backup(home, tmp_path / "backup.tar")
    assert len(taken.notes) == 1 and damaged.name in taken.notes[0] and taken.deliveries == 2
    found = restored(taken.path, tmp_path / "drill")
    assert (found.deliveries, found.ok) == (2, False) and damaged.name in found.damaged[0]
    assert (found.data_dir / "journal" / damaged.name).read_bytes() == damaged.read_bytes()


@pytest.mark.parametrize(
    ("where", "sentence"),
    [("backup.tar", "is there already"), ("home/data/b.tar", "in the data folder"), ("no/b.tar", "There is no folder")],
)
def test_it_overwrites_nothing_and_says_where_it_cannot_write(
    home: IngestSettings, taken: Taken, tmp_path: Path, where: str, sentence: str
):
    before = taken.path.read_bytes()
    with pytest.raises(BackupError, match=sentence):
        backup(home, tmp_path / where)
    assert taken.path.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def cut(share: float) -> Callable[[Path], None]:
    return lambda path: os.truncate(path, int(path.stat().st_size * share))


def flipped(needle: bytes) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[content.index(needle)] ^= 1
        path.write_bytes(content)

    return damage


def rewritten(change: Callable[[dict[str, bytes]], None], kind: bytes = tarfile.REGTYPE) -> Callable[[Path], None]:
    """The tar made anew by somebody: `change` edits its files by name; the manifest stays."""

    def damage(path: Path) -> None:
        with tarfile.open(path) as tar:
            content = {member.name: tar.extractfile(member).read() for member in tar.getmembers()}  # type: ignore[union-attr]
        before = set(content)
        change(content)
        with tarfile.open(path, "w") as tar:
            for name, data in content.items():
                member = tarfile.TarInfo(name)
                member.size = len(data)
                if name not in before:
                    member.type, member.linkname, member.size = (
                        kind,
                        "/etc",
                        len(data) if kind == tarfile.REGTYPE else 0,
                    )
                tar.addfile(member, io.BytesIO(data))

    return damage


def forged(name: str) -> Callable[[dict[str, bytes]], None]:
    """One more file, also in the manifest, whose checksum is right."""

    def change(content: dict[str, bytes]) -> None:
        manifest = json.loads(content[MANIFEST])
        empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        manifest["files"][name] = {"bytes": 0, "sha256": empty}
        content[name] = b""
        resealed(content, manifest)

    return change


def resealed(content: dict[str, bytes], manifest: dict[str, object]) -> None:
    content[MANIFEST] = json.dumps(manifest).encode()
    content[CHECKSUM] = f"{hashlib.sha256(content[MANIFEST]).hexdigest()}  {MANIFEST}\n".encode()


def newer(field: str) -> Callable[[dict[str, bytes]], None]:
    def change(content: dict[str, bytes]) -> None:
        manifest = json.loads(content[MANIFEST])
        resealed(content, manifest | {field: manifest[field] + 1})

    return change


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (cut(0), "cut off, or no backup"),
        (cut(0.3), "cut off, or no backup"),
        (cut(0.8), "cut off, or no backup"),
        (flipped(b"Quiet SUVs"), "is not what was written"),
        (flipped(b'"taken_at"'), "its manifest is not the one"),
        (flipped(b"config/whichad.toml"), "cut off, or no backup"),
        (lambda path: path.write_bytes(b"hello"), "cut off, or no backup"),
        (rewritten(lambda content: content.pop("config/whichad.toml")), "does not hold the files"),
        (rewritten(lambda content: content.update({"data/more": b"x"})), "does not hold the files"),
        (rewritten(lambda content: content.pop(CHECKSUM)), "cut off, or no backup"),
        (rewritten(forged("data/../../outside-of-all")), "which no backup of whichad does"),
        (rewritten(forged("/tmp/outside-of-all")), "which no backup of whichad does"),
        (rewritten(forged("strange")), "which no backup of whichad does"),
        (rewritten(forged("data/link"), tarfile.SYMTYPE), "which no backup of whichad does"),
        (rewritten(forged("data/link"), tarfile.LNKTYPE), "which no backup of whichad does"),
        (rewritten(newer("schema")), f"newer than ours .{SCHEMA_VERSION}."),
        (rewritten(newer("format")), "newer whichad"),
    ],
)
def test_a_backup_that_is_not_what_was_written_restores_nothing(
    taken: Taken, tmp_path: Path, damage: Callable[[Path], None], sentence: str
):
    damage(taken.path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BackupError, match=sentence):
        restored(taken.path, tmp_path / "drill")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_holds_data_or_is_at_work_is_left_alone(home: IngestSettings, taken: Taken, tmp_path: Path):
    before = sorted(home.base_dir.rglob("*"))
    with pytest.raises(BackupError, match=r"holds data, and a restore overwrites nothing\. Move it away"):
        restored(taken.path, home.base_dir)
    assert sorted(home.base_dir.rglob("*")) == before
    lock = hold(home.data_dir / "writer.lock")
    with pytest.raises(BackupError, match=r"writer.lock is held by pid \d+"):
        restored(taken.path, home.base_dir)
    lock.close()
    (home.data_dir / "ingest.json").write_text(json.dumps({"pid": os.getpid()}))
    with pytest.raises(BackupError, match=r"ingest runs on .* \(pid \d+\). Stop it"):
        restored(taken.path, home.base_dir)


def test_into_its_own_folder_what_is_there_stays_and_is_named_where_it_differs(
    home: IngestSettings, taken: Taken, tmp_path: Path
):
    home.data_dir.rename(tmp_path / "broken")
    (home.base_dir / "secrets" / "shop").write_text("a newer secret")
    (home.base_dir / "profiles" / "mine.toml").unlink()
    found = restored(taken.path, home.base_dir)
    assert (found.deliveries, found.items, found.ok, found.data_dir) == (2, 3, True, home.data_dir)
    (note,) = [note for note in found.notes if "stays as it is" in note]
    assert "secrets/shop" in note and (home.base_dir / "secrets" / "shop").read_text() == "a newer secret"
    assert (home.base_dir / "profiles" / "mine.toml").exists()


def test_data_that_lay_outside_comes_to_lie_beside_the_settings(home: IngestSettings, tmp_path: Path):
    config = home.base_dir / "whichad.toml"
    home.data_dir.rename(tmp_path / "far")
    config.write_text(config.read_text().replace('"data"', f'"{tmp_path / "far"}"'))
    taken = backup(load(AnalyticsSettings, config), tmp_path / "backup.tar")
    (tmp_path / "outside").unlink()
    found = restored(taken.path, tmp_path / "drill")
    assert found.data_dir == tmp_path / "drill" / "data" and found.deliveries == 2
    assert load(IngestSettings, tmp_path / "drill" / "whichad.toml").data_dir == found.data_dir
    said, missing = sorted(found.notes, reverse=True)
    assert 'in the restored one it is "data"' in said and f"A file belongs to {tmp_path / 'outside'}" in missing


def test_a_restore_that_was_killed_is_begun_again(taken: Taken, tmp_path: Path):
    (tmp_path / "drill" / ".restoring" / "data").mkdir(parents=True)
    assert restored(taken.path, tmp_path / "drill").deliveries == 2
    assert sorted(path.name for path in (tmp_path / "drill").iterdir() if path.name.startswith(".")) == []
