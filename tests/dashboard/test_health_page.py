"""This module owns the promises of the page Health: what is wrong is said with its money, and who is silent by name."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dash import html
from dashboard_looks import look_at

from dashboard import ingest_state
from dashboard.config import Settings
from dashboard.figures.theme import LIGHT
from dashboard.pages.health import PAGE, arrivals, texts
from dashboard.pages.health.arrival_panels import NO_SENDERS, fill_aside, fill_senders, fill_shares
from dashboard.pages.health.running import NOTHING, fill_fixes, fill_running, refresh_facts
from dashboard.pages.health.text_panels import fill_compliance, fill_states, states_figure, wrong
from dashboard.panels.panel import Drawn, Rows
from ingest.listening.serve import RUN_FILE
from ingest.rejection import REASONS
from ingest.terminal.called import as_called

NOW = datetime(2026, 11, 23, 20, 35, tzinfo=UTC)


def mart(real: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(real), read_only=True) as con:
        return con.execute(sql).fetchall()


def told(parts: list[Any]) -> dict[str, str]:
    return {part.children[0].children: part.children[1].children for part in parts}


def test_what_to_fix_comes_as_it_is_ranked_with_money_and_action(real_arbitrage: Path):
    rows = fill_fixes(look_at(real_arbitrage)).rows
    published = mart(real_arbitrage, "select rank, sentence, action, revenue, cost from next_fixes order by rank")
    assert [(row["rank"], row["sentence"], row["action"]) for row in rows] == [
        (rank, sentence, as_called(action)) for rank, sentence, action, *_ in published
    ]
    assert [row["revenue"] + row["cost"] for row in rows] == pytest.approx([float(r + c) for *_, r, c in published])


def test_rac_health_holds_every_cent_and_says_what_is_at_stake(real_arbitrage: Path):
    look = look_at(real_arbitrage)
    found = texts.health(look)
    ((revenue, cost),) = mart(real_arbitrage, "select sum(revenue)::double, sum(cost)::double from rac_health")
    assert (found["revenue"].sum(), found["cost"].sum()) == pytest.approx((revenue, cost))
    assert set(found["status"]) <= set(texts.STATUSES)
    bad = found[found["status"] != "ok"]
    stake = bad["revenue"].abs().sum() + bad["cost"].abs().sum()
    assert f"${stake:,.2f} of revenue and cost stand behind the others" in str(fill_states(look).caption)
    figure = states_figure(found, "USD", LIGHT)
    below = [bar for bar in figure.data if bar.yaxis == "y2"]
    assert sum(sum(bar.y) for bar in below) == pytest.approx(stake)
    assert "Usable text" not in {bar.name for bar in below}
    names = [bar.name for bar in figure.data if bar.showlegend]
    assert len(names) == len(set(names))  # each state once in the legend


def test_texts_that_are_not_whole_stand_beside_the_whole_one(real_arbitrage: Path):
    rows = fill_compliance(look_at(real_arbitrage)).rows
    assert rows and all(row["wrong"] or row["ruling"] != "none came" for row in rows)
    cut = next(
        row for row in rows if "cut off" in str(row["wrong"]) and str(row["text"]).startswith("Gutter guards that")
    )
    assert len(str(cut["whole"])) > len(str(cut["text"]).rstrip("…"))
    ((incomplete,),) = mart(
        real_arbitrage, "select count(*) from rac_compliance where not complete or compliance_status is not null"
    )
    assert len(rows) == min(incomplete, texts.ROWS_MAX)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"complete": True, "status": "ok", "flags": ""}, ""),
        ({"complete": False, "status": "missing", "flags": None}, "no text"),
        ({"complete": False, "status": "ok", "truncated": True, "equals_terms": True, "flags": "looks_like_ad_name"},
         "cut off, is the search term, looks like an ad's name"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_text_is_said_in_words(row: dict[str, object], words: str):
    assert wrong(row) == words


def test_a_sender_is_told_with_its_newest_delivery_and_rate(real_arbitrage: Path):
    settings = Settings(data_dir=Path("none"), kind="arbitrage", senders={"tonic": {}, "lost": {}})
    look = look_at(real_arbitrage, settings=settings)
    rows = {str(row["id"]): row for row in fill_senders(look).rows}
    published = {
        row[0]: row[1:]
        for row in mart(real_arbitrage, "select sender, last_delivery, last_day, items from sender_activity")
    }
    assert set(rows) == {*published, "lost"}
    for name, (newest, last_day, items) in published.items():
        assert (rows[name]["newest"], rows[name]["last_day"], rows[name]["items"]) == (newest, last_day, items)
    assert rows["tonic"]["state"] == "✓ delivers"
    assert rows["lost"]["state"] == "✗ nothing ever came" and rows["lost"]["strong"] is True
    assert rows["facebook"]["state"] == "✓ delivers, not in whichad.toml"
    assert "Look at: lost." in str(fill_senders(look).note)
    sums = mart(real_arbitrage, "select sum(items) from data_quality where sender = 'tonic' and kind = 'received'")
    days = arrivals.arrivals(look, arrivals.recently(look, 60))
    assert sum(value or 0 for each in days if each.sender == "tonic" for value in each.series) == sums[0][0]


@pytest.mark.parametrize(
    ("back_days", "hours", "usual", "configured", "words", "alarming"),
    [
        (0, 1, 50.0, True, "delivers", False),
        (1, 23, 50.0, True, "delivers", False),
        (1, 30, 50.0, True, "silent for 30 hours", True),
        (1, 30, 0.0, True, "delivers", False),  # it does not usually send every day
        (1, 30, None, True, "delivers", False),  # too few days to say what is usual
        (2, 49, 50.0, True, "silent for 2 days", True),
        (9, 216, None, False, "silent for 9 days", False),
        (None, None, None, True, "nothing ever came", True),
    ],
)
def test_silence_is_said_by_what_is_usual(
    real_arbitrage: Path, back_days: int | None, hours: int | None, usual: float | None, configured: bool, words: str,
    alarming: bool,
):  # fmt: skip
    look = look_at(real_arbitrage)
    last = None if back_days is None else look.fresh.as_of.date() - timedelta(days=back_days)
    newest = None if hours is None else (look.fresh.as_of - timedelta(hours=hours)).replace(tzinfo=None)
    assert arrivals.standing(last, newest, usual, look, configured) == (words, alarming)


def test_a_version_from_before_the_mart_of_senders_still_tells_their_last_day(real_arbitrage: Path, tmp_path: Path):
    older = tmp_path / "older.duckdb"
    older.write_bytes(real_arbitrage.read_bytes())
    with duckdb.connect(str(older)) as con:
        con.execute("drop table sender_activity")
    rows = {row["id"]: row for row in fill_senders(look_at(older)).rows}
    assert rows["tonic"]["last_day"] == date(2026, 11, 23) and rows["tonic"]["newest"] is None


def test_shares_are_of_what_was_received_or_of_what_happened(real_arbitrage: Path):
    look = look_at(real_arbitrage)
    answer = fill_shares(look)
    ((repeats, received),) = mart(
        real_arbitrage,
        "select sum(items) filter (where kind = 'duplicates')::double,"
        " sum(items) filter (where kind = 'received')::double"
        " from data_quality",
    )
    assert f"Repeats {100 * repeats / received:.2f}% of what was received" in str(answer.caption)
    assert answer.table is not None and set(answer.table["Sender"]) >= {"tonic", "facebook"}
    one = fill_shares(look_at(real_arbitrage, "?period=all&sender=tonic"))
    assert {trace.name for trace in one.figure.data} == {"\u2068tonic\u2069"}


def test_the_quarantine_says_why_and_which_command_shows_it(real_arbitrage: Path):
    rows = fill_aside(look_at(real_arbitrage)).rows
    held = {row["code"]: row for row in rows if row["what"] == "In quarantine"}
    assert held and {code: row["why"] for code, row in held.items()} == {code: REASONS[str(code)] for code in held}
    code, row = next(iter(held.items()))
    assert row["command"] == as_called(f"whichad ingest quarantine --sender tonic --code {code}")
    refused = next(row for row in rows if row["what"] == "Refused")
    assert refused["why"] == "The signature does not match."
    ((items,),) = mart(real_arbitrage, "select sum(items) from data_quality where kind in ('in_quarantine', 'refused')")
    assert sum(row["items"] for row in rows) == items


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def test_a_failed_check_is_named_with_its_rows(data_dir: Path):
    said = {"ok": False, "sentence": "Not published: money_balances.", "at": "2026-11-23T20:30:00Z",
            "cycle_seconds": 1.25, "check": "money_balances",
            "rows": [["2026-11-22", "<b>tonic</b>", "0.01"]]}  # fmt: skip
    (data_dir / "status.json").write_text(json.dumps(said))
    facts = told(refresh_facts(Settings(data_dir=data_dir), NOW))
    assert facts["Last refresh"] == "✗ Not published: money_balances., 5 min ago, took 1.2 s"
    assert facts["Checks"] == (
        "✗ money_balances failed; the version before it stays published\n2026-11-22 · <b>tonic</b> · 0.01"
    )


@pytest.mark.parametrize("text", [None, "", "[]", "{", '{"ok": 3}'])
def test_a_status_that_is_missing_or_broken_is_no_crash(data_dir: Path, text: str | None):
    if text is not None:
        (data_dir / "status.json").write_text(text)
    facts = told(refresh_facts(Settings(data_dir=data_dir), NOW))
    assert facts["Last refresh"].startswith("✗ ") and "Checks" not in facts


def test_all_is_well_is_said_too(data_dir: Path, real_shop: Path):
    said = {"ok": True, "sentence": "published v1", "at": "2026-11-23T20:35:00Z", "cycle_seconds": 0.4}
    (data_dir / "status.json").write_text(json.dumps(said))
    facts = told(refresh_facts(Settings(data_dir=data_dir), NOW))
    assert facts == {
        "Last refresh": "✓ published v1, just now, took 0.4 s",
        "Checks": "✓ all passed at the last publish",
    }
    shown = fill_running(look_at(real_shop, settings=Settings(data_dir=data_dir))).children[0]
    assert isinstance(shown, html.Dl)
    words = told(shown.children)
    assert words["Ingest"] == as_called("✗ not running. Start it with: whichad up")
    assert "interactions" in words["Made of"] and words["Version"] in real_shop.name


class _Ready(BaseHTTPRequestHandler):
    """An ingest's `/readyz`; the class says what it answers and counts who asked."""

    answer: dict[str, object] = {}
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(self.answer).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def ready(data_dir: Path) -> Iterator[type[_Ready]]:
    """An admin port that answers, and the run file that names it."""
    _Ready.asked = 0
    _Ready.answer = {"ok": True, "workers": 2, "segments": 1, "checks": {"disk": True}}
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Ready)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (data_dir / RUN_FILE).write_text(json.dumps({"admin_port": server.server_port}))
    yield _Ready
    server.shutdown()
    server.server_close()


def test_how_ingest_is_is_asked_every_five_seconds_at_most(data_dir: Path, ready: type[_Ready]):
    settings = Settings(data_dir=data_dir)
    assert [ingest_state.standing(settings, now).ok for now in (100.0, 101.0, 104.9)] == [True, True, True]
    assert ready.asked == 1
    ready.answer = {**ready.answer, "ok": False, "checks": {"disk": False, "workers": True}}
    assert ingest_state.standing(settings, 104.9).ok
    found = ingest_state.standing(settings, 105.1)
    assert not found.ok and found.detail.startswith("not ready (disk)")


def test_an_ingest_that_is_not_there_is_said_with_what_to_do(data_dir: Path):
    found = ingest_state.standing(Settings(data_dir=data_dir), 1.0)
    assert (found.ok, found.detail, found.hint) == (False, "not running", "Start it with: whichad up")


def test_without_anything_every_panel_teaches(real_empty: Path):
    look = look_at(real_empty)
    answers = {panel.name: panel.fill(look) for panel in PAGE.panels}
    for answer in answers.values():
        if isinstance(answer, Drawn | Rows):
            words = str(answer.caption) if isinstance(answer, Drawn) else answer.empty
            assert len(words) > 20
    fixes, senders = answers["health-fixes"], answers["health-senders"]
    assert isinstance(fixes, Rows) and (fixes.rows, fixes.empty) == ([], NOTHING)
    assert isinstance(senders, Rows) and senders.empty == as_called(NO_SENDERS)
