"""This module owns the promises of history.duckdb: no kill and no damage loses a closing in silence."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from closing import MIDNIGHT, NOON, Closing
from journeys import item, journey, shown
from running import ROOT, environment

from analytics.history import file
from analytics.history.file import SCHEMA_VERSION
from analytics.history.noting import keep, prepare
from analytics.publish import publish
from analytics.status.health import status
from analytics.verify import verify
from analytics.work import attaching
from ingest.backup.container import opened
from ingest.backup.restore import place, rebuild, unpack
from ingest.backup.take import backup

A = shown("A")
DAY = timedelta(days=1)
WHO, CLICK, ORDER = "visitor-4711-secret", "click-of-one-person", "order-100731"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop with 14 September closed, and a late click noted."""
    folder = tmp_path_factory.mktemp("kept")
    books = Closing(folder, retention={"raw_days": 3650, "quarantine_days": 3650})  # a backup finds its journal
    clicks = journey("A* => 30", WHO, start=NOON - timedelta(hours=4))
    clicks[0]["click_id"] = clicks[-1]["click_id"] = CLICK
    clicks[-1]["transaction_id"] = ORDER
    books.post(*clicks, at=NOON)
    books.publish_at(NOON)
    books.publish_at(MIDNIGHT)
    books.post(item("click", "late", NOON, referrerAdCreative=A, network="facebook"), at=MIDNIGHT + timedelta(hours=1))
    books.publish_at(MIDNIGHT + timedelta(hours=1))
    books.assert_adds_up()
    return folder


@pytest.fixture
def books(original: Path, tmp_path: Path) -> Closing:
    """A copy of it, to be damaged."""
    return Closing.copied(original, tmp_path)


def said(books: Closing) -> dict[str, object]:
    return dict(json.loads((books.settings.data_dir / "status.json").read_text(encoding="utf-8")))


def change(sql: str) -> Callable[[Closing], None]:
    def damage(books: Closing) -> None:
        with duckdb.connect(str(books.history)) as connection:
            connection.execute(sql)

    return damage


def noise(books: Closing) -> None:
    books.history.write_bytes(b"noise" * 5000)


def cut(books: Closing) -> None:
    books.history.write_bytes(books.history.read_bytes()[:9000])


def emptied(books: Closing) -> None:
    books.history.write_bytes(b"")


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(noise, marks=pytest.mark.long),
        pytest.param(cut, marks=pytest.mark.long),
        pytest.param(change("delete from closings"), marks=pytest.mark.long),
        pytest.param(change("delete from changes"), marks=pytest.mark.long),
        change("drop table days"),
    ],
    ids=["noise", "cut", "closings gone", "changes gone", "table gone"],
)
def test_a_damaged_history_is_put_aside_and_said_and_publishing_goes_on(
    books: Closing, damage: Callable[[Closing], None]
):
    damage(books)
    damaged = books.history.read_bytes()
    outcome = books.cycle_at(MIDNIGHT + timedelta(hours=2))
    assert outcome.version == books.settings.published_link.resolve().stem
    assert not outcome.ok and "history.duckdb was damaged" in outcome.sentence and "docs/history.md" in outcome.sentence
    assert said(books)["sentence"] == outcome.sentence
    assert books.refresher.guarded_cycle(MIDNIGHT + timedelta(hours=2)).sentence == outcome.sentence  # until the next
    (aside,) = books.settings.data_dir.glob("history.duckdb.damaged-*")
    assert aside.read_bytes() == damaged
    books.publish_at(MIDNIGHT + timedelta(hours=3))  # the next one is well
    assert books.closed() == [("2026-09-14", True)]
    assert books.wrong() == ["damaged files that were put aside"]
    assert [found.what for found in status(books.settings, NOON) if aside.name in found.detail] == ["history"]
    aside.unlink()
    books.assert_adds_up()


def test_a_history_of_a_newer_whichad_stays_as_it_is_and_publishing_goes_on(books: Closing):
    change(f"update schema_version set version = {SCHEMA_VERSION + 1}")(books)
    before = books.history.read_bytes()
    outcome = books.cycle_at(MIDNIGHT + timedelta(hours=2))
    assert (outcome.ok, bool(outcome.version)) == (False, True)
    assert "a newer one made it, and it stays as it is" in outcome.sentence
    assert books.history.read_bytes() == before
    change(f"update schema_version set version = {SCHEMA_VERSION}")(books)
    books.publish_at(MIDNIGHT + timedelta(hours=3))
    assert books.closed() == [("2026-09-14", False)]
    books.assert_adds_up()


def test_an_older_history_gains_what_it_lacks_and_keeps_what_was_said(books: Closing):
    added = ("p_beats_scope", "net_per_click", "thresholds_version", "since", "comparison", "ahead", "ahead_sd",
             "net_mean", "net_sd")  # fmt: skip
    for statement in (
        *(f"alter table verdicts drop column {name}" for name in added), "drop table thresholds",
        "insert into verdicts values (date '2026-09-01', 'c', 7, 'facebook', 'k', 'US', 'winner', 'scale', 'said',"
        " 'roas', 2, 0.97, 300)", "update schema_version set version = 1",
    ):  # fmt: skip
        change(statement)(books)
    books.publish_at(MIDNIGHT + timedelta(hours=2))
    assert books.kept("select version from schema_version") == [(SCHEMA_VERSION,)]
    said = "select verdict, reason, p_meets_target, thresholds_version, since from verdicts where creative_id = 'c'"
    assert books.kept(said) == [("winner", "said", 0.97, None, None)]
    assert books.kept("select distinct version from thresholds") == [(1,)]
    books.assert_adds_up()


def test_a_history_that_another_process_holds_is_said_and_noted_later(books: Closing, monkeypatch: pytest.MonkeyPatch):
    for module in (attaching, file):  # nobody lets go of it here
        monkeypatch.setattr(module, "READ_TRIES_SECONDS", 0.3)
    code = (
        f"import duckdb, sys; c = duckdb.connect({str(books.history)!r}); print('held', flush=True); sys.stdin.read()"
    )
    books.post(item("click", "k2", NOON, referrerAdCreative=A, network="facebook"), at=MIDNIGHT + timedelta(hours=2))
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        outcome = books.cycle_at(MIDNIGHT + timedelta(hours=2))
        holder.communicate(b"")
    assert outcome.version and "stayed in use by another process" in outcome.sentence
    books.publish_at(MIDNIGHT + timedelta(hours=3))
    assert books.published("select sum(change), any_value(causes) from restatements") == [(2, "late_data")]
    books.assert_adds_up()


KILLS = {
    "before a row is written": "noting._check_next = lambda *_: os.kill(os.getpid(), 9)",
    "within the transaction": (
        "run = noting.run\ndef killing(connection, folder, name, values):\n"
        "    os.kill(os.getpid(), 9) if name == 'fold' else run(connection, folder, name, values)\nnoting.run = killing"
    ),
    "after the commit": (
        "import contextlib\ninside = noting._transaction\n@contextlib.contextmanager\ndef killing(connection):\n"
        "    with inside(connection):\n        yield\n    os.kill(os.getpid(), 9)\nnoting._transaction = killing"
    ),
}


@pytest.mark.parametrize(
    "moment", [pytest.param(each, marks=[pytest.mark.long] * (each == "before a row is written")) for each in KILLS]
)
def test_a_kill_in_the_middle_of_writing_keeps_every_closing_and_stops_nothing(books: Closing, moment: str):
    """The child closes the 15th, an empty day, of what was built last; it is killed at that moment."""
    code = (
        f"import os, sys\nsys.path.insert(0, 'tests')\nfrom analytics.history import noting\nfrom closing import *\n"
        f"{KILLS[moment]}\nbooks = Closing(__import__('pathlib').Path({str(books.settings.data_dir.parent)!r}))\n"
        "books.refresher\nnoting.keep(noting.prepare(books.inputs(datetime(2026, 9, 16)), 'v', settled=True))\n"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment(PYTHONPATH=str(ROOT)), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert killed.returncode == -9, killed.stderr
    books.publish_at(MIDNIGHT + DAY + timedelta(minutes=30))
    assert books.closed() == [("2026-09-14", False), ("2026-09-15", False)]
    assert books.published("select count(*) from closings") == [(2,)]
    books.assert_adds_up()


def test_a_version_that_was_published_and_not_noted_is_made_up_for_by_the_next(books: Closing):
    inputs = books.inputs(MIDNIGHT + DAY)
    prepare(inputs, "20260916T000005-000000001", settled=True)
    publish(books.settings.work_path, books.settings.published_link, inputs.as_of, "20260916T000005-000000001")
    assert books.wrong() == []  # a kill between publishing and noting
    version = books.publish_at(MIDNIGHT + DAY + timedelta(minutes=1)).version
    assert books.published("select version from closed_days where day = '2026-09-15'") == [(version,)]
    books.assert_adds_up()


def test_of_two_builds_at_once_one_is_noted_and_the_other_says_so(books: Closing):
    one = prepare(books.inputs(MIDNIGHT + DAY), "v1", settled=True)
    assert keep(one) == ""
    assert "another build noted its step meanwhile" in keep(one)
    assert books.kept("select count(*) from days") == [(2,)]


def test_nothing_is_closed_while_more_waits_to_be_loaded(books: Closing):
    assert keep(prepare(books.inputs(MIDNIGHT + DAY), "v1", settled=False)) == ""
    assert books.kept("select count(*) from days") == [(1,)]


def test_a_backup_holds_the_history_and_a_restored_one_goes_on_from_it(books: Closing, tmp_path: Path):
    (tmp_path / "whichad.toml").write_text('kind = "shop"\ndata_dir = "data"\n', encoding="utf-8")
    settings = books.settings.model_copy(update={"config_path": tmp_path / "whichad.toml"})
    path = backup(settings, tmp_path / "backup.tar").path
    before = books.kept("from days"), books.kept("from closings"), books.kept("from changes")
    with opened(path) as reader:
        rebuild(unpack(reader, tmp_path / "drill", place(reader, tmp_path / "drill")))
    again = Closing(tmp_path / "drill")
    again.publish_at(MIDNIGHT + timedelta(hours=3))
    assert (again.kept("from days"), again.kept("from closings"), again.kept("from changes")) == before
    again.assert_adds_up()


def test_an_older_history_brought_back_is_made_up_for(books: Closing):
    older = books.history.read_bytes()
    books.post(item("click", "k2", NOON, referrerAdCreative=A, network="facebook"), at=MIDNIGHT + timedelta(hours=2))
    books.publish_at(MIDNIGHT + DAY)
    assert books.closed() == [("2026-09-14", False), ("2026-09-15", False)]
    books.history.write_bytes(older)
    books.publish_at(MIDNIGHT + DAY + timedelta(hours=1))
    assert books.closed() == [("2026-09-14", False), ("2026-09-15", True)]
    assert books.published("select sum(change), any_value(causes) from restatements") == [(2, "late_data")]
    books.assert_adds_up()


def test_the_history_holds_nobody(books: Closing):
    columns = books.kept("select distinct column_name from duckdb_columns() where not internal")
    personal = {"visitor", "click_id", "click_ids", "session_id", "transaction_id", "id", "properties", "landing_page"}
    assert {name for (name,) in columns} & personal == set()
    ids = [WHO, CLICK, ORDER, *books.recorded("select visitor from interactions where visitor is not null")[0]]
    content = books.history.read_bytes()
    assert b"facebook" in content  # so a text that is in it would be found
    assert [one for one in ids if one.encode() in content] == []


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        ("delete from closings", "closing rows: noted when closed = there"),
        ("insert into changes select * from changes", "changes: kept = published"),
        ("update schema_version set version = 9", "schema"),
    ],
)
def test_verify_names_what_is_wrong_with_it(books: Closing, damage: str, named: str):
    change(damage)(books)
    assert named in books.wrong()


def test_verify_names_cells_that_do_not_add_up(books: Closing):
    path = books.settings.published_link.resolve()
    path.chmod(0o644)
    with duckdb.connect(str(path)) as connection:
        connection.execute("update facts_daily set clicks = clicks + 1 where clicks > 0")
    (line,) = [line for line in verify(books.settings) if line.what.startswith("cells where closing")]
    assert (line.ok, line.left, "clicks: 1" in line.note) == (False, "2", True)


def test_verify_says_that_it_cannot_be_read(books: Closing):
    noise(books)
    (line,) = [line for line in verify(books.settings) if line.part == "history" and not line.ok]
    assert (line.what, "docs/history.md" in line.note) == ("history.duckdb can be read", True)
