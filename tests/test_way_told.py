"""This module owns how `why` tells a way: what became of each delivery, in plain words, and how it says "not yet"."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from journaling import Desk, click
from running import ROOT, environment
from typer.testing import CliRunner

from analytics.build import Inputs, build
from analytics.config import AnalyticsSettings
from analytics.publish import publish
from analytics.refresh import utc_now
from analytics.why.command import way_command
from analytics.why.way import whole
from analytics.work import attaching
from ingest.config import Sender
from ingest.door.keeping import receipt
from ingest.inspecting.way import told
from ingest.quarantine.replay import replay
from ingest.segments.segment import Delivery
from ingest.store.record import RecordError
from ingest.terminal.called import as_called
from ingest.terminal.commands import Exit

REPORT = {"type": "report", "day": "2026-11-22", "level": "ad", "ad_id": "9", "network": "facebook"}
Steps = list[tuple[str, ...]]


class Asked:
    """A desk with what is built upon it, and the deliveries that were posted, in order."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.deliveries = desk, list[Delivery]()
        senders = {"shop": Sender(secrets=("unused-but-long-enough",))}
        self.settings = AnalyticsSettings(data_dir=desk.data_dir, senders=senders)

    def post(self, *items: Any, **more: Any) -> None:
        """One delivery, remembered."""
        delivery = self.desk.post(*items, **more).delivery
        assert delivery is not None
        self.deliveries.append(delivery)

    def build(self) -> None:
        """Load, build and publish."""
        self.desk.load()
        now = utc_now()
        build(self.settings.work_path, self.settings.record_path, Inputs(now, self.settings))
        publish(self.settings.work_path, self.settings.published_link, now)

    def why(self, what: str, **more: Any) -> Steps:
        """The rows of the answer."""
        return told(whole(self.settings, what, **more))

    def of(self, number: int) -> str:
        """A delivery's id."""
        return self.deliveries[number].delivery_id


@pytest.fixture
def asked(desk: Desk) -> Asked:
    return Asked(desk)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """One build of all that is only asked about: no item has a click, an order, a visitor or an ad with another."""
    with Desk(tmp_path_factory.mktemp("built")) as desk:
        asked = Asked(desk)
        asked.post(click("1", network="facebook"), message_id="msg_mine")
        for _ in range(2):
            asked.post(click("twice"))
        for text in ("Quiet SUVs of 2026", "Cruises for over-60s"):
            asked.post(click("two contents", text))
        asked.post(click("good"), click("bad", occurred_at="soon"))
        for cost in ("3", "4"):
            asked.post(REPORT | {"cost": cost})
        asked.post(click("test", traffic="test"))
        asked.post(*(click(f"many-{number}") for number in range(9)))
        asked.build()
        yield asked


MINE, FIRST, AGAIN, ONE, OTHER, MIXED, OLD, NEW, _TEST, MANY = range(10)  # the deliveries of `built`


def said(steps: Steps, step: str) -> list[str]:
    """What the lines of one step say."""
    return [f"{where}: {what} {detail}" for name, where, what, detail in steps if name == step]


def test_the_whole_way_of_a_click_is_told_in_order_by_its_receipt_its_webhook_id_and_its_own(built: Asked):
    mine = built.deliveries[MINE]
    steps = built.why("1")
    assert list(dict.fromkeys(row[0] for row in steps)) == ["door", "judged", "record", "identity", "in force", "cells"]
    assert receipt(mine) in said(steps, "door")[1] and "body is kept" in said(steps, "door")[1]
    assert said(steps, "judged") == ["loader: accepted click 1"]
    assert "“Quiet SUVs of 2026”" in said(steps, "identity")[0]
    assert said(steps, "in force") == ["models: this version counts "]
    assert any(
        line.startswith("facts_daily: clicks 1 of 1 day 2026-11-23, creative_id rac1_") for line in said(steps, "cells")
    )
    assert any(line.startswith("creative_scorecard:") for line in said(steps, "cells"))
    assert steps == built.why(receipt(mine))
    assert steps == built.why("1", sender="shop", kind="click") and built.why("1", sender="nobody") == []


def test_whatever_name_of_it_is_asked_for_the_answer_is_the_same(asked: Asked):
    asked.post(click("1", network="facebook"), message_id="msg_mine")
    asked.desk.load()
    steps = asked.why("1")
    assert said(steps, "judged") == ["loader: accepted click 1"]
    assert steps == asked.why(asked.of(0)) == asked.why("msg_mine") == asked.why(receipt(asked.deliveries[0]))


def test_a_duplicate_names_the_delivery_that_came_first_and_counts_nowhere(built: Asked):
    steps = built.why(built.of(AGAIN))
    assert "duplicate" in said(steps, "judged")[0] and built.of(FIRST) in said(steps, "judged")[0]
    assert said(steps, "cells") == []


def test_of_two_contents_under_one_id_one_counts_and_the_other_names_it(built: Asked):
    steps = {number: built.why(built.of(number)) for number in (ONE, OTHER)}
    verdicts = {number: said(told, "judged")[0] for number, told in steps.items()}
    (won,) = [number for number, verdict in verdicts.items() if "accepted" in verdict]
    lost = ONE + OTHER - won
    assert "conflict" in verdicts[lost] and built.of(won) in verdicts[lost]
    assert said(steps[lost], "cells") == []


def test_what_is_quarantined_says_its_reason(built: Asked):
    (line,) = said(built.why("bad"), "judged")
    assert "quarantined: bad_time" in line and "The time cannot be read" in line
    assert len(said(built.why(built.of(MIXED)), "judged")) == 2


def test_a_newer_version_replaces_and_is_named(built: Asked):
    old, new = built.why(built.of(OLD)), built.why(built.of(NEW))
    assert built.of(NEW) in said(old, "in force")[0] and "replaced" in said(old, "in force")[0]
    # What was replaced counts only among what was received; that it is the day's only report is noted.
    assert {line.partition(":")[0] for line in said(old, "cells")} == {"marts", "data_quality"}
    assert all("day_basis received" in line for line in said(old, "cells") if line.startswith("data_quality"))
    assert "a new version" in said(new, "judged")[0] and "this version counts" in said(new, "in force")[0]
    assert any("cost_direct 1.00 of 4.00" in line for line in said(new, "cells"))
    assert any("4 direct" in line for line in said(new, "money"))


def test_test_traffic_says_what_it_means(built: Asked):
    assert "traffic: test only human traffic counts" in " ".join(said(built.why("test"), "identity"))


def test_of_many_items_only_what_became_of_each_is_told(built: Asked):
    steps = built.why(built.of(MANY))
    assert len(said(steps, "judged")) == 9 and "More than 5 items" in said(steps, "cells")[0]


def test_what_is_not_loaded_or_not_built_yet_says_so(asked: Asked):
    asked.post(click("1"))
    assert "not loaded yet" in said(asked.why(asked.of(0)), "judged")[0]
    assert asked.why("1") == asked.why(asked.of(0))  # only the journal knows it by its own id so far
    asked.desk.load()
    assert as_called("whichad analytics build") in said(asked.why("1"), "cells")[0]
    asked.build()
    asked.post(click("2"))
    asked.desk.load()
    assert "It will count at the next build" in said(asked.why("2"), "cells")[0]


def test_a_replayed_delivery_leads_to_its_last_reading(asked: Asked):
    asked.post(click("1"))
    asked.desk.seal()
    asked.desk.load()
    replay(asked.settings, [asked.of(0)], False, lambda _count: None)
    asked.build()
    superseded, accepted = said(asked.why(asked.of(0)), "judged")
    assert "superseded by a replay" in superseded and "accepted" in accepted


def test_a_build_in_progress_is_waited_for_and_then_said(built: Asked, monkeypatch: pytest.MonkeyPatch):
    hold = f"import duckdb; c = duckdb.connect({str(built.settings.work_path)!r}); print('held', flush=True); input()"
    holder = subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        monkeypatch.setattr(attaching, "READ_TRIES_SECONDS", 0.2)
        with pytest.raises(RecordError, match=r"work.duckdb stayed busy .* Ask again in a moment"):
            built.why("1")
    finally:
        holder.communicate("\n", timeout=30)


def command(folder: Path) -> Callable[..., Any]:
    (folder / "whichad.toml").write_text('data_dir = "data"\n[senders.shop]\nsecrets = ["unused-but-long-enough"]\n')
    app = typer.Typer()
    app.command()(way_command)
    return lambda *words: CliRunner().invoke(app, [*words, "--config", str(folder / "whichad.toml")])


def test_the_command_answers_as_a_table_and_as_json_and_fails_for_what_nobody_knows(built: Asked):
    run = command(built.desk.data_dir.parent)
    rows = json.loads(run("1", "--format", "json", "--type", "click").stdout)
    assert {"step": "judged", "where": "loader", "what": "accepted", "detail": "click 1"} in rows
    assert "clicks 1 of 1" in run("1").stdout
    unknown = run("nobody")
    assert (unknown.exit_code, unknown.stdout) == (Exit.FAILED, "") and "item has the id" in unknown.stderr
    assert run("1", "--sender", "stranger").exit_code == Exit.WRONG_SETTINGS


def test_without_the_marts_the_way_ends_at_the_record(asked: Asked, tmp_path: Path):
    asked.post(click("1"))
    asked.desk.load()
    command(tmp_path)
    arguments = ["ingest", "why", "1", "--config", str(tmp_path / "whichad.toml")]
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
    )
    assert (
        done.returncode == Exit.OK
        and "accepted" in done.stdout
        and "whichad --config" in done.stderr
        and "whichad.toml ingest why 1" in done.stderr
    )
