"""This module owns the promises of `whichad status`: what is wrong first, with what to do; JSON whose keys stay."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

from running import ROOT, Ingest
from typer.testing import CliRunner

import whichad
from analytics.config import AnalyticsSettings
from analytics.status.health import UNREADY, Finding, status
from analytics.status.telling import WIDTH, page
from ingest.config import load

PAGE = (ROOT / "docs" / "observing.md").read_text(encoding="utf-8")
AT = datetime(2026, 11, 26, 3)  # noqa: DTZ001 (naive UTC)


def test_what_is_wrong_stands_first_with_what_to_do():
    told = page([
        Finding("settings", True, "1 sender"),
        Finding("ingest", False, "not running " * 20, "Start it, and again."),
        Finding("published", False, "nothing yet", "Post a webhook."),
    ])  # fmt: skip
    lines = told.splitlines()
    assert lines[0] == "2 things are wrong; begin with the first."
    assert [line.split()[:2] for line in lines if line.startswith(("WRONG", "ok"))] == [
        ["WRONG", "ingest"], ["WRONG", "published"], ["ok", "settings"],
    ]  # fmt: skip
    assert lines[-1].startswith("ok") and "do:" in told and max(map(len, lines)) <= WIDTH
    assert page([Finding("ingest", True, "ready")]).splitlines()[0] == "All is well."
    assert page([Finding("ingest", False, "not running")]).splitlines()[0] == "One thing is wrong."


def test_machines_get_one_object_whose_keys_are_written_down(tmp_path: Path):
    config = Ingest(tmp_path).config
    done = CliRunner().invoke(whichad.app, ["status", "--json", "--config", str(config)])
    told = json.loads(done.stdout)
    assert done.exit_code == 1 and told["ok"] is False
    assert list(told) == ["ok", "at", "findings"]
    assert {tuple(each) for each in told["findings"]} == {("what", "ok", "detail", "hint")}
    written = re.findall(r"^\| `([a-z ]+)` \|", PAGE.partition("## Status")[2], re.MULTILINE)
    assert {each["what"] for each in told["findings"]} <= set(written)
    people = CliRunner().invoke(whichad.app, ["status", "--config", str(config)])
    assert people.exit_code == 1 and people.stdout.startswith(f"{sum(not e['ok'] for e in told['findings'])} things")


def test_every_reason_not_to_be_ready_has_its_fix(tmp_path: Path):
    with Ingest(tmp_path, free_bytes_min=1 << 60) as ingest:
        checks = json.loads(ingest.request("GET", "/readyz", admin=True).body)["checks"]
        assert set(checks) == set(UNREADY)
        found = {each.what: each for each in status(load(AnalyticsSettings, ingest.config), AT)}
    assert "not ready (disk)" in found["ingest"].detail and "df -h" in found["ingest"].hint


def test_a_loop_that_stands_still_beside_a_running_door_is_named(tmp_path: Path):
    with Ingest(tmp_path) as ingest:
        settings = load(AnalyticsSettings, ingest.config)

        def loop(ago: timedelta, seconds: float) -> Finding:
            said = {"ok": True, "sentence": "up to date", "at": (AT - ago).isoformat() + "Z", "cycle_seconds": seconds}
            (settings.data_dir / "status.json").write_text(json.dumps(said))
            return next(each for each in status(settings, AT) if each.what == "refresh")

        assert loop(timedelta(minutes=5), 2.0).ok
        still = loop(timedelta(minutes=20), 2.0)
        assert not still.ok and "no cycle for 20 min" in still.detail and "whichad up" in still.hint
        assert loop(timedelta(minutes=20), 600.0).ok  # builds that take ten minutes leave more time
        found = {each.what: each for each in status(settings, AT)}
        assert found["canary"].detail == "the first one is posted 60 s after the start"
