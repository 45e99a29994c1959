"""This module owns how `whichad analytics explain` answers: by every id, in every format, and in words."""

import csv
import io
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from journaling import NOW, Desk
from journeys import START, Books, item, journey, report, shown
from running import ROOT, environment
from typer.testing import CliRunner, Result

from analytics.__main__ import app
from analytics.build import Inputs, build
from analytics.config import AnalyticsSettings
from analytics.explain import patience
from analytics.explain.asked import Asked, find
from analytics.explain.summed import SHOWN
from analytics.explain.words import windows
from analytics.work import attaching
from ingest.door.keeping import receipt
from ingest.store import record
from ingest.store.record import RecordError
from ingest.terminal.commands import Exit

CONFIG = 'kind = "shop"\ndata_dir = "data"\n[senders.shop]\nsecrets = ["unused-but-long-enough"]\n'
README = (ROOT / "README.md").read_text(encoding="utf-8")
AD = {"account_id": "act_1", "campaign_id": "7", "ad_id": "9"}
SUV = {"network": "facebook", "referrerAdCreative": "Quiet SUVs of 2026"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The README's own items; a journey with costs; and one creative with more goals than a table shows."""
    made = tmp_path_factory.mktemp("asked")
    (made / "whichad.toml").write_text(CONFIG, encoding="utf-8")
    books = Books(made)
    block = re.search(r"```json\n(.*?)```", README, re.DOTALL)
    assert block is not None
    books.post(*map(json.loads, block[1].splitlines()))
    books.post(*journey("A B C => 7 -2", "pay", cost="0.25", **AD), report(START.date(), "5", **AD))
    books.post(*(item("conversion", f"x{n}", revenue=f"{n}.01", click_id="many", conversion_kind="purchase")
                 for n in range(SHOWN + 5)))  # fmt: skip
    books.post(item("click", "many", click_id="many", referrerAdCreative="\x1b[31mRoof repair in your town",
                    network="google", cost="0.4"))  # fmt: skip
    books.post(*journey("A =>? 8", "lost"))
    books.post(*journey("A => 5", "abroad"), item("conversion", "abroad-eur", START.replace(hour=20),
               visitor_id="abroad", revenue="100", currency="EUR"))  # fmt: skip
    books.build()
    books.publish()
    return made


def ask(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["explain", *words, "--config", str(folder / "whichad.toml")])


def rows(done: Result) -> list[dict[str, Any]]:
    assert done.exit_code == Exit.OK, done.stderr
    return [*json.loads(done.stdout)]


def goals(done: Result) -> set[str]:
    return {row["goal"] for row in rows(done)}


def test_the_example_of_the_readme_is_what_the_command_prints(folder: Path) -> None:
    shown = re.search(r"```\n\.venv/bin/whichad analytics explain order-17\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    command = [
        sys.executable,
        "-m",
        "whichad",
        "analytics",
        "explain",
        "order-17",
        "--config",
        str(folder / "whichad.toml"),
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True, check=True, timeout=120)
    printed = [line.rstrip() for line in done.stdout.rstrip().splitlines()]
    assert printed == [line.rstrip() for line in shown[1].rstrip().splitlines()]
    assert re.fullmatch(
        r"As of the last build, 2026-11-23 12:00:00 UTC; markov and shapley by the fit 2026-11-22-[0-9a-f]+\.\n",
        done.stderr,
    )


@pytest.mark.parametrize("what", ["o1", "order-17", "f1", "c1", "l1"])
def test_the_same_goal_is_found_by_its_id_its_order_its_refund_and_a_click_or_step_before_it(
    folder: Path, what: str
) -> None:
    assert "o1" in goals(ask(folder, what, "--format", "json"))


def test_a_click_id_finds_the_goals_that_hang_on_it_and_says_how_many_more(folder: Path) -> None:
    done = ask(folder, "many", "--format", "json")
    assert len(goals(done)) == 5 and f"{SHOWN} more goals hang on 'many'" in done.stderr


def test_a_receipt_and_a_delivery_find_the_goals_that_they_brought(desk: Desk) -> None:
    at = {"occurred_at": "2026-11-23T08:00:00Z", "visitor_id": "v"}
    kept = desk.post({"id": "1", "type": "click", **at, **SUV}, {"id": "2", "type": "conversion", **at}).delivery
    assert kept is not None
    settings = AnalyticsSettings(data_dir=desk.data_dir)
    with pytest.raises(RecordError, match=r"no work.duckdb yet: nothing is built.*whichad analytics build"):
        find(settings, Asked("2"))
    desk.load()
    build(settings.work_path, settings.record_path, Inputs(NOW.replace(tzinfo=None), settings))
    by_id = find(settings, Asked("2")).goals
    assert len(by_id) == 1
    assert find(settings, Asked(kept.delivery_id)).goals == find(settings, Asked(receipt(kept))).goals == by_id
    assert find(settings, Asked("2", sender="nobody")).goals == find(settings, Asked("2", kind="click")).goals == []

    desk.post(
        {"id": "3", "type": "conversion", "occurred_at": "2026-11-23T08:00:00Z"}, {"id": "4", "type": "conversion"}
    )
    desk.post({"type": "report", "id": "5", "day": "2026-11-22", "level": "ad", "ad_id": "9", "cost": "1"})
    desk.load()
    assert "loaded and not built yet" in find(settings, Asked("3")).sentence
    assert "quarantined: missing" in (said := find(settings, Asked("4")).sentence) and "whichad ingest why 4" in said
    assert "is a statement, and no conversion" in find(settings, Asked("5")).sentence
    assert "whichad ingest why nope" in find(settings, Asked("nope")).sentence


def test_a_click_without_any_goal_around_it_says_so(folder: Path) -> None:
    done = ask(folder, "lost-01")
    assert (done.exit_code, done.stdout) == (Exit.FAILED, "")
    assert "'lost-01' is there (click), and neither its click nor its visitor has a conversion" in done.stderr


def test_a_goal_that_is_nobodys_says_what_to_do(folder: Path) -> None:
    done = ask(folder, "lost-02")
    assert "last_paid, 7 d: nobody, no_id: it names neither a click nor a visitor." in done.stdout
    assert "Send click_id or visitor_id with every conversion." in done.stdout


def test_csv_and_json_say_the_same_and_an_escape_reaches_no_terminal(folder: Path) -> None:
    told = [
        {key: "" if value is None else str(value) for key, value in row.items()}
        for row in rows(ask(folder, "x3", "--format", "json"))
    ]
    kept = list(csv.DictReader(io.StringIO(ask(folder, "x3", "--format", "csv").stdout)))
    assert kept == told and len(kept) > 10
    assert "\x1b" not in ask(folder, "x3").stdout


@contextmanager
def held(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A database that another process holds until the block ends, or until it is told a line."""
    hold = f"import duckdb; c = duckdb.connect({str(path)!r}); print('held', flush=True); input()"
    holder = subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None and holder.stdout.readline() == "held\n"
        yield holder
    finally:
        if holder.poll() is None:
            holder.communicate("\n", timeout=30)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("work.duckdb", ("o1",)),
        ("interactions.duckdb", ("nowhere-known",)),
        ("interactions.duckdb", ("--creative", "roof repair")),
    ],
)
def test_while_the_loop_holds_a_file_the_command_waits_and_then_says_so_in_its_own_words(
    folder: Path, monkeypatch: pytest.MonkeyPatch, file: str, words: tuple[str, ...]
) -> None:
    for module in (attaching, record):
        monkeypatch.setattr(module, "READ_TRIES_SECONDS", 0.2)
    monkeypatch.setattr(patience, "PATIENCE_SECONDS", 0.5)
    with held(folder / "data" / file):
        done = ask(folder, *words)
    assert done.exit_code == Exit.BUSY and f"{file} stayed busy" in done.stderr
    assert "the loop is building. Ask again in a moment." in done.stderr
    assert "IO Error" not in done.stderr and "PID" not in done.stderr and str(folder) not in done.stderr


def test_it_waits_longer_than_one_try_for_a_build_that_ends(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attaching, "READ_TRIES_SECONDS", 0.1)
    with held(folder / "data" / "work.duckdb") as holder:
        release = threading.Timer(1.5, lambda: holder.communicate("\n", timeout=30))
        release.start()
        done = ask(folder, "o1")
        release.join()
    assert done.exit_code == Exit.OK, done.stderr


@pytest.mark.parametrize("more", [(), ("--rule", "linear"), ("--rule", "time_decay", "--window", "30"),
                                  ("--date-basis", "click"), ("--days", "2026-09-14..2026-09-15")])  # fmt: skip
def test_the_receipts_of_a_creative_add_up_to_what_is_published(folder: Path, more: tuple[str, ...]) -> None:
    found = rows(ask(folder, "--creative", shown("C", "pay"), *more, "--format", "json"))
    parts = {part: [row for row in found if row["part"] == part] for part in ("goal", "cost", "sum", "published")}
    assert [row["note"] for row in parts["published"]] == ["equal to the sum"] * 2
    assert Decimal(parts["sum"][0]["amount"]) == sum(Decimal(row["amount"]) for row in parts["goal"]) > 0
    assert Decimal(parts["sum"][1]["amount"]) == sum(Decimal(row["amount"]) for row in parts["cost"]) > Decimal("1.6")
    assert all(re.fullmatch("d[0-9a-f]{25}", row["delivery"]) for row in parts["goal"] + parts["cost"])


def test_a_table_shows_the_largest_receipts_and_the_rest_as_one_row(folder: Path) -> None:
    done = ask(folder, "--creative", "roof repair")
    assert done.stdout.count("\ngoal ") == SHOWN and "5 more receipts" in done.stdout
    rest = next(line for line in done.stdout.splitlines() if line.startswith("more"))
    assert "5.000000" in rest and "10.050000" in rest  # 0.01 + 1.01 + … + 4.01
    assert "305.250000" not in done.stdout and "300.250000" in done.stdout
    assert done.stdout.count("equal to the sum") == 2 and "\x1b" not in done.stdout


def test_money_without_a_rate_stands_beside_a_creatives_receipts(folder: Path) -> None:
    sentence = (
        "100.00 EUR: there is no rate, its money is credited to nobody (unconverted); state a rate under [currencies]"
    )
    found = rows(ask(folder, "--creative", shown("A", "abroad"), "--format", "json"))
    (row,) = [row for row in found if row["part"] == "uncounted"]
    assert (row["what"], row["conversion_kind"], row["amount"], row["note"]) == (
        "1 goal in EUR", "purchase", None, sentence
    )  # fmt: skip
    assert sentence in ask(folder, "--creative", shown("A", "abroad")).stdout
    assert f"uncounted     {sentence}." in ask(folder, "abroad-eur").stdout


def test_a_creative_is_found_by_its_text_as_texts_are_folded(folder: Path) -> None:
    for what in ("ROOF  repair", "roof%20repair", " Roof\u00a0repair in your "):
        assert ask(folder, "--creative", what).stdout.count("\ngoal ") == SHOWN, what


def test_with_a_rule_only_that_rule_of_a_conversion_is_shown(folder: Path) -> None:
    found = rows(ask(folder, "order-17", "--rule", "linear", "--format", "json"))
    assert {row["rule"] for row in found} == {None, "linear"}
    table = ask(folder, "order-17", "--rule", "linear").stdout
    assert "all     linear  100 % 39.90  100 % 39.90" in table and "same_click" not in table


def test_the_windows_of_kinds_are_told_with_their_kind() -> None:
    assert windows([(7, "*")]) == "7 d"
    assert windows([(2, "lead"), (7, "*")]) == "2 d for lead, 7 d for all other kinds"


def test_several_creatives_with_the_text_are_listed_and_none_is_said(folder: Path) -> None:
    done = ask(folder, "--creative", "of pay", "--format", "json")
    assert done.exit_code == Exit.FAILED and "ask by one's creative_id" in done.stderr
    assert {row["creative_text"] for row in json.loads(done.stdout)} == {shown(name, "pay") for name in "ABC"}
    assert "No creative has the id 'submarines'" in ask(folder, "--creative", "submarines").stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Name a conversion"), (("o1", "--creative", "x"), "one or the other"),
        (("o1", "--window", "7", "--views"), "--window, --views: only with --creative"),
        (("--creative", "x", "--type", "click"), "--type: only with a conversion"),
        (("o1", "--rule", "best"), "There is no rule 'best'"),
        (("--creative", "x", "--rule", "best"), "There is no rule 'best'"),
        (("--creative", shown("C", "pay"), "--window", "3"), "There are the windows: 7 (click), 30 (click)"),
        (("--creative", shown("C", "pay"), "--views"), "Nothing is worked out for click_view"),
        (("--creative", "x", "--days", "soon"), "is no day"), (("o1", "--sender", "stranger"), "There is no sender"),
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_meant_is_answered_with_what_can(
    folder: Path, words: tuple[str, ...], sentence: str
) -> None:
    done = ask(folder, *words)
    assert done.exit_code == Exit.WRONG_SETTINGS and sentence in done.stderr and done.stdout == ""
