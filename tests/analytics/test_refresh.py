"""This module owns the promises of the loop: news are published, nothing new is not, and a failed check never is."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from journeys import NOW, START, Books, Played, journey
from running import ROOT, environment

from analytics.build import build, open_work
from analytics.incremental.bringing import Built
from analytics.incremental.recorded import state_of
from analytics.refresh import Refresher, share
from analytics.status.cycle import STATUS_FILE, Outcome
from ingest.store import Record

NEVER = "select creative_id, sum(clicks) as clicks from facts_daily group by creative_id"
WAIT_SECONDS = 60.0


def status(books: Books) -> dict[str, Any]:
    return dict(json.loads((books.settings.data_dir / STATUS_FILE).read_text(encoding="utf-8")))


def version(books: Books) -> str:
    return books.settings.published_link.resolve().stem


def until_published(refresher: Refresher, as_of: datetime) -> Outcome:
    """Cycle until a build is due again; it waits up to three times as long as the last one took."""
    deadline = time.monotonic() + WAIT_SECONDS
    while (outcome := refresher.guarded_cycle(as_of)).version is None:
        assert outcome.ok and outcome.sentence == "loading", outcome
        assert time.monotonic() < deadline, "the news were never published"
        # A cycle that finds none due costs a tenth of a build, and forty of them more than what they wait for.
        time.sleep(max(0.01, min(refresher._due_at, deadline) - time.monotonic()))
    return outcome


@pytest.mark.parametrize(("due_in", "least", "most"), [(-5.0, 2.0, 2.0), (1.0, 0.0, 1.0), (20.0, 2.0, 2.0)])
def test_the_loop_sleeps_till_a_build_is_due_and_no_longer_than_usual(
    books: Books, due_in: float, least: float, most: float
) -> None:
    refresher = Refresher(books.settings)
    refresher._due_at = time.monotonic() + due_in
    assert least <= refresher.pause(2.0) <= most


@pytest.mark.parametrize(("cores", "full", "times"), [(2, False, 0.25), (1, False, 3.0), (2, True, 3.0)])
def test_the_loop_rests_less_after_a_refresh_where_others_have_a_core(cores: int, full: bool, times: float) -> None:
    assert share(Built(full, ""), cores) == times


@pytest.fixture
def books(tmp_path: Path) -> Books:
    """Books with one journey in the journal."""
    own = Books(tmp_path)
    own.post(*journey("A => 30"))
    own.load()
    return own


@pytest.fixture(scope="module")
def going(tmp_path_factory: pytest.TempPathFactory) -> tuple[Books, Refresher, Outcome]:
    """Such books, a loop that knows of nothing new in them, and what it said of its first cycle."""
    own = Books(tmp_path_factory.mktemp("going"))
    own.post(*journey("A => 30"))
    own.load()
    refresher = Refresher(own.settings)
    return own, refresher, refresher.guarded_cycle(NOW)


def test_the_first_cycle_publishes_and_without_news_none_does(going: tuple[Books, Refresher, Outcome]) -> None:
    books, refresher, first = going
    assert (first.ok, first.sentence, first.version) == (True, f"published {version(books)}", version(books))
    assert (status(books)["built"]["full"], status(books)["built"]["why"]) == (True, "the loop began")
    for seconds in (0, 1, 2, 3600):
        assert refresher.guarded_cycle(NOW + timedelta(seconds=seconds)).sentence == "up to date"
    assert version(books) == first.version
    assert status(books)["version"] == first.version
    assert status(books)["built"]["full_builds"] == 1  # that cycle built nothing: it speaks of the last one


def test_a_record_that_is_in_use_is_said_and_the_next_cycle_goes_on(going: tuple[Books, Refresher, Outcome]) -> None:
    books, refresher, _first = going
    with Record(books.settings.record_path):
        outcome = refresher.guarded_cycle(NOW)
    assert not outcome.ok and "writer.lock is held by" in outcome.sentence
    assert refresher.guarded_cycle(NOW).ok


def test_news_are_published_not_sooner_than_three_builds_later(books: Books) -> None:
    refresher, started = Refresher(books.settings), time.monotonic()
    before = refresher.guarded_cycle(NOW).version
    published, took = time.monotonic(), time.monotonic() - started
    books.post(*journey("B => 5", "w"))
    books.load()
    second = refresher.guarded_cycle(NOW)
    assert second.sentence == "loading" or time.monotonic() - published > took  # the machine may have slept
    outcome = second if second.version else until_published(refresher, NOW)
    assert outcome.version == version(books) != before
    assert books.query("select sum(revenue_settled) from facts_daily") == [(35,)]


def test_a_decision_and_the_next_day_are_news(books: Books) -> None:
    refresher = Refresher(books.settings)
    refresher.guarded_cycle(NOW)

    def is_news(as_of: datetime) -> bool:
        outcome = refresher.guarded_cycle(as_of)
        assert outcome.ok, outcome
        return outcome.sentence != "up to date"  # it waits until a build is due: that news are built is shown above

    assert not is_news(NOW)
    assert is_news(NOW + timedelta(days=1))
    books.decide("merge", "rac1_a", "rac1_b")
    assert is_news(NOW)


def test_a_decision_is_news_where_the_loads_of_a_record_made_anew_are_numbered_as_before(books: Books) -> None:
    def state() -> tuple[Any, ...]:
        with Record(books.settings.record_path) as record:
            return state_of(record.connection)

    before = state()
    books.decide("merge", "rac1_a", "rac1_b")
    books.settings.record_path.unlink()  # nothing of it is in the archive yet: both are loaded in one
    books.load()
    assert state() != before
    assert books.recorded("select distinct load_id from loads") == [(1,)]


def test_a_failed_check_publishes_nothing_and_names_itself(
    books: Books, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresher = Refresher(books.settings)
    before = refresher.guarded_cycle(NOW).version
    check = tmp_path / "nobody_may_click"
    check.with_suffix(".sql").write_text(NEVER)
    monkeypatch.setattr("analytics.build.CHECKS", (str(check),))  # a check that this record does violate
    books.post(*journey("B => 5", "w"))
    outcome = refresher.guarded_cycle(NOW, force=True)
    assert (outcome.ok, outcome.version) == (False, None)
    assert "nobody_may_click found 2 offending rows" in outcome.sentence
    assert version(books) == before
    said = status(books)
    assert (said["ok"], said["version"], said["check"]) == (False, before, str(check))
    assert [row[1] for row in said["rows"]] == ["1", "1"]
    monkeypatch.undo()
    healed = refresher.guarded_cycle(NOW, force=True)
    assert healed.ok and version(books) == healed.version != before
    assert status(books)["ok"] is True and "check" not in status(books)


def test_a_damaged_work_file_is_simply_made_again(books: Books) -> None:
    refresher = Refresher(books.settings)
    refresher.guarded_cycle(NOW)
    work = books.settings.work_path
    for damaged in (work.read_bytes()[:5000], b"noise" * 5000):
        work.write_bytes(damaged)
        assert refresher.guarded_cycle(NOW, force=True).ok


def write_config(books: Books) -> Path:
    path = books.settings.data_dir.parent / "whichad.toml"
    path.write_text('kind = "shop"\ndata_dir = "data"\n', encoding="utf-8")
    return path


def analytics(*arguments: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """`python -m analytics …` in its own process, after running the line `before` in it."""
    code = f"import sys, analytics.build\n{before}\nfrom analytics.__main__ import app\napp(sys.argv[1:])"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=False, timeout=120
    )


def test_the_exit_code_of_build_and_check_is_1_when_a_check_fails_and_0_when_none_does(
    books: Books, tmp_path: Path
) -> None:
    config = write_config(books)
    done = analytics("build", "--config", str(config))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert f"published {version(books)}" in done.stderr
    assert analytics("check", "--config", str(config)).returncode == 0
    before = version(books)
    (tmp_path / "never.sql").write_text(NEVER)
    failed = analytics(
        "build", "--config", str(config), before=f"analytics.build.CHECKS += ({str(tmp_path / 'never')!r},)"
    )
    assert failed.returncode == 1
    assert "Not published" in failed.stderr and "never found 1 offending rows" in failed.stderr
    assert version(books) == before
    assert status(books)["ok"] is False
    connection = open_work(books.settings.work_path)
    connection.execute("delete from creatives")
    connection.close()
    failed = analytics("check", "--config", str(config))
    assert (failed.returncode, "creatives_are_known found" in failed.stderr) == (1, True)


@pytest.mark.parametrize("kind", ["arbitrage", pytest.param("shop", marks=pytest.mark.long)])
def test_equal_inputs_give_equal_marts_row_for_row(played: Callable[[str], Played], tmp_path: Path, kind: str) -> None:
    books = played(kind).books
    again = tmp_path / "work.duckdb"
    ((as_of,),) = books.query("select as_of from freshness")
    build(again, books.settings.record_path, books.inputs(as_of))
    first, second = books.tables(), books.tables(again)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_as_of_a_moment_in_the_past_later_deliveries_do_not_count(tmp_path: Path) -> None:
    books = Books(tmp_path)
    for days, text in enumerate(("A => 30", "B => 5", "C => 1")):
        books.post(*journey(text, f"w{days}", START + timedelta(days=days)), at=START + timedelta(days=days, hours=2))
    for days, money in ((0, 30), (1, 35), (2, 36)):
        books.ready(START + timedelta(days=days, hours=2))
        assert books.query("select sum(revenue_settled), sum(clicks) from facts_daily") == [(money, days + 1)]
        assert books.query("select newest_event < as_of and newest_delivery <= as_of from freshness") == [(True,)]
