"""This module owns the promises of the canary: it measures the way of a webhook, and is in nothing that people see."""

import json
import shutil
import signal
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from running import Answer, Ingest, run

from analytics.build import Inputs, build
from analytics.config import AnalyticsSettings
from analytics.incremental.recorded import state_of
from analytics.refresh import Refresher
from ingest.canary.noting import Canaries, last_seen
from ingest.canary.perch import FOLDER
from ingest.canary.posting import Poster
from ingest.canary.sender import NAME, canary_request, canary_secret
from ingest.canary.standing import posted, standing
from ingest.config import load
from ingest.counting import metrics
from ingest.store import Record, drain

NOW = datetime(2025, 11, 24, 12)  # noqa: DTZ001 (naive UTC, as everywhere)
ITEMS = [
    {"id": f"{kind}{n}", "type": kind, "occurred_at": f"2025-11-2{n % 3 + 1}T08:00:00Z", "visitor_id": f"v{n}",
     "click_id": f"c{n}", "network": "facebook", "ad_id": f"{n % 2 + 1}", "referrerAdCreative": f"Ad {n % 3}", **more}
    for n in range(6) for kind, more in (
        ("click", {"cost": "0.10"}),
        ("conversion", {"conversion_kind": "purchase", "revenue": "5", "transaction_id": f"t{n}"}),
    )
]  # fmt: skip


def canary(ingest: Ingest, number: int = 1) -> Answer:
    """A canary as the poster posts it."""
    made = canary_request(canary_secret(ingest.settings.data_dir), number)
    return ingest.request("POST", f"/webhooks/{NAME}", made.body, made.headers)


def tables(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every table of a DuckDB file."""
    with duckdb.connect(str(path), read_only=True) as connection:
        names = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
        return {name: sorted(connection.execute(f'from "{name}"').fetchall(), key=str) for name in names}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    """An ingest with some business in its journal, whose own canary flies too seldom to be met."""
    folder = tmp_path_factory.mktemp("canary")
    with Ingest(folder, {"shop": {}, "lenient": {"strict": False}}) as ingest:
        assert ingest.post(ITEMS).status == 200
        assert ingest.post([{"id": "x"}], "lenient").json["quarantined"] == 1
        yield ingest


def test_a_world_with_canaries_has_the_record_and_the_marts_of_one_without(world: Ingest, tmp_path: Path):
    settings = load(AnalyticsSettings, world.config)
    inputs = Inputs(NOW, settings, NOW)

    def looked(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """The record made anew from the journal, and everything built of it."""
        record = tmp_path / f"{name}.duckdb"
        with Record(record) as opened:
            drain(opened, settings.journal_dir)
        build(tmp_path / f"{name}-work.duckdb", record, inputs)
        said = {each: rows for each, rows in tables(record).items() if each not in ("loads", "positions")}
        return said, tables(tmp_path / f"{name}-work.duckdb")

    world.load()
    before, shown = looked("without"), run("tail", "--once", "--config", str(world.config)).stdout
    with Record(settings.record_path) as record:
        state, place = state_of(record.connection), record.connection.execute("from positions").fetchall()
    taken = [canary(world, n) for n in range(5)]
    assert [answer.status for answer in taken] == [200] * 5
    assert [answer.json["accepted"] for answer in taken] == [1] * 5  # read like any other
    world.load()
    with Record(settings.record_path) as record:
        assert (state_of(record.connection), record.connection.execute("from positions").fetchall()) == (state, place)
    assert looked("with") == before
    assert run("tail", "--once", "--config", str(world.config)).stdout == shown
    for table in ("interactions", "quarantine", "refusals", "loads", "creative_variants", "pending"):
        assert "anary" not in str(world.query(f"from {table}")), table
    why = run("why", taken[0].headers["whichad-receipt"], "--config", str(world.config))
    assert why.returncode == 1
    replayed = run("replay", "--all", "--refused", "--apply", "--reason", "a test", "--config", str(world.config))
    assert "anary" not in replayed.stdout + replayed.stderr


def test_it_is_visible_once_a_cycle_that_began_after_it_ends_well_and_publishes_nothing_by_itself(world: Ingest):
    settings = load(AnalyticsSettings, world.config)
    loop, now = Refresher(settings), NOW + timedelta(days=1)
    assert loop.cycle(now, force=True).version

    def count() -> float:
        return metrics.REGISTRY.get_sample_value("whichad_canary_visible_seconds_count", {"part": ""}) or 0

    poster = Poster(settings, _Listener(world.port))  # type: ignore[arg-type]
    before, seen = count(), last_seen(settings.data_dir)
    poster.post()
    assert posted(settings.data_dir)["ok"], posted(settings.data_dir)
    assert count() == before
    outcome = loop.cycle(now + timedelta(minutes=1))
    assert (outcome.version, outcome.ok) == (None, True)
    assert count() > before and last_seen(settings.data_dir) > seen
    assert loop.cycle(now + timedelta(minutes=2)).version is None
    after = count()
    assert (
        Refresher(settings).cycle(now + timedelta(minutes=3), force=True).ok
    )  # a loop that was killed counts none again
    assert count() == after
    found = standing(settings, time.time())
    assert found and found.ok and "visible after" in found.detail


class _Listener:
    """Where the door of another process listens."""

    def __init__(self, port: int) -> None:
        self._port = port

    def getsockname(self) -> tuple[str, int]:
        return "127.0.0.1", self._port


def test_who_pretends_to_be_it_is_refused_and_is_nobody(world: Ingest):
    made = canary_request("whsec_dGVzdHMtb3duLXRoaXMtc2VjcmV0LTMyLWJ5dGVzISE=", 1)
    answer = world.request("POST", f"/webhooks/{NAME}", made.body, made.headers)
    assert (answer.status, answer.code) == (401, "signature_wrong")
    text = world.request("GET", "/metrics", admin=True).body.decode()
    assert 'whichad_refusals_total{code="signature_wrong",sender=""} 1.0' in text
    assert f'"{NAME}"' not in text


def test_switched_off_there_is_no_such_sender(tmp_path: Path):
    ingest = Ingest(tmp_path)
    ingest.config.write_text(ingest.config.read_text() + "[canary]\nevery_seconds = 0\n")
    with ingest:
        assert canary(ingest).code == "sender_unknown"
        assert standing(load(AnalyticsSettings, ingest.config), time.time()) is None


def test_it_flies_by_itself_through_the_restart_of_its_door(tmp_path: Path):
    ingest = Ingest(tmp_path)
    ingest.config.write_text(ingest.config.read_text() + "[canary]\nevery_seconds = 0.3\n")
    data = ingest.settings.data_dir

    def landed() -> int:
        """The canaries on disk, by the loop's own look."""
        canaries = Canaries(data)
        canaries.look()
        return len(canaries._arrived)

    def wait(more_than: int) -> int:
        deadline = time.monotonic() + 30
        while (found := landed()) <= more_than:
            assert time.monotonic() < deadline, ingest.log.read_text()
            time.sleep(0.1)
        return found

    with ingest:
        wait(1)
        text = ingest.request("GET", "/metrics", admin=True).body.decode()
        assert "whichad_canary_answer_seconds_count" in text and "whichad_canary_age_seconds" in text
        assert ingest.process is not None
        ingest.process.send_signal(signal.SIGKILL)
        ingest.process.wait(30)
        before = landed()
        ingest.start()
        wait(before + 1)
    assert json.loads((data / "run" / "canary.json").read_text())["ok"] is True
    assert not list((data / "journal").glob("*.sqlite"))  # nothing of it in the real one
    shutil.rmtree(data / FOLDER)
    assert landed() == 0


def test_its_standing_says_what_is_wrong_and_what_to_do(tmp_path: Path):
    ingest = Ingest(tmp_path)
    settings, run_dir = load(AnalyticsSettings, ingest.config), ingest.settings.data_dir / "run"
    run_dir.mkdir(parents=True)

    def said(at: float, seen: float | None = None, **more: Any) -> tuple[bool, str]:
        told = {"at": at, "ok": True, "seconds": 0.004, "problem": "", **more}
        (run_dir / "canary.json").write_text(json.dumps(told))
        if seen is not None:
            (run_dir / "canary_seen.json").write_text(json.dumps({"received_at": seen * 1e6, "seconds": 2.5}))
        found = standing(settings, 10_000.0)
        assert found is not None and bool(found.hint) == (not found.ok)
        return found.ok, found.detail

    assert standing(settings, 10_000.0).detail == "the first one is posted 60 s after the start"
    assert said(9990.0) == (True, "answered in 4 ms, 10 s ago, and not visible yet")
    assert said(9600.0)[0] is False
    assert said(9990.0, 9930.0) == (True, "answered in 4 ms, visible after 2.5 s, 10 s ago")
    assert said(9990.0, 9000.0) == (False, "answered in 4 ms; what came in the last 1000 s is not visible")
    assert said(9000.0, 9000.0) == (False, "the last one was posted 1000 s ago")
    assert said(9990.0, 9000.0, ok=False, problem="it was answered with 503 (x)")[0] is False
    (run_dir / "canary.json").write_text("{")
    assert standing(settings, 10_000.0).ok
