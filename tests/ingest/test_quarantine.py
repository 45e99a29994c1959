"""This module owns the quarantine's commands and the live inspector: list, show, mend, empty, tail, replay."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from running import Ingest

PROFILE = """
title = "Own"
about = "A tracker nobody has heard of."
kind = "tracker"
unconfirmed = ["everything"]
methods = ["GET"]
steps = ["conversion"]
setup = "Paste the address."
redact = ["email"]
[auth]
scheme = "token"
query = ["key"]
[[items]]
when = {e = "sale"}
type = "conversion"
rest = true
[items.fields]
id = "i"
occurred_at = "$received"
referrerAdCreative = "text"
revenue = "MONEY"
[sample]
method = "GET"
query = "e=sale&i=@N@&money=1"
"""
KEY = "a-token-of-the-test"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Ingest]:
    """An ingest whose only sender speaks a profile that was added as a text, and has a mistake."""
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "own.toml").write_text(PROFILE.replace("MONEY", "wrong"), encoding="utf-8")
    with Ingest(tmp_path, {"own": {"profile": "own", "secrets": [KEY]}}) as running:
        yield running


def get(ingest: Ingest, query: str) -> Any:
    answer = ingest.request("GET", f"/webhooks/own?{query}&key={KEY}")
    assert answer.status == 200
    return answer.json


SALE = "e=sale&i=1&money=12.50&wrong=much&text=Quiet+SUVs&email=jenny%40example.com"


def test_a_platform_is_added_by_a_text_and_a_mistake_in_it_is_mended_without_a_loss(own: Ingest):
    taken = get(own, SALE)
    assert (taken["accepted"], taken["quarantined"], taken["results"][0]["reason"]) == (0, 1, "bad_value")
    own.load()
    [row] = json.loads(own.run("quarantine", "--format", "json").stdout)
    assert (row["sender"], row["code"], row["field"], row["delivery_id"] in taken["receipt"]) == (
        "own",
        "bad_value",
        "revenue",
        True,
    )
    assert row["age"].endswith("s") and row["detail"]

    shown = json.loads(own.run("quarantine", "show", taken["receipt"]).stdout)
    assert shown["reasons"][0]["sentence"] and shown["body"]["money"] == "12.50"
    assert shown["body"]["email"] == "(redacted)" and KEY not in json.dumps(shown)

    (own.config.parent / "profiles" / "own.toml").write_text(PROFILE.replace("MONEY", "money"), encoding="utf-8")
    dry = own.run("quarantine", "mend", "--dry-run")
    assert "1 deliveries would be read again: 1 items are good, 0 are not." in dry.stderr
    assert "1 items are good" in own.run("quarantine", "mend").stderr
    own.load()
    found = own.run("why", taken["receipt"], "--format", "json")
    assert found.stdout, found.stderr
    way = json.loads(found.stdout)
    assert "superseded by a replay" in str(way)  # the receipt is followed to the reading that counts
    [row] = [step for step in way if step["step"] == "record"]
    assert row["where"] == "interactions" and row["what"].split()[1] == "1"
    assert own.query("select id, revenue::double from interactions") == [("1", 12.5)]
    assert "The quarantine is empty." in own.run("quarantine").stderr
    assert "jenny" not in str(own.query("select properties from interactions"))


def test_what_is_emptied_leaves_the_list_and_stays_in_the_record_with_who_and_why(own: Ingest):
    get(own, SALE)
    get(own, "e=party&i=2")
    own.load()
    assert (
        "1 rows leave the list" in own.run("quarantine", "empty", "--code", "unknown_event", "--reason", "noise").stderr
    )
    own.load()
    assert [row["code"] for row in json.loads(own.run("quarantine", "--format", "json").stdout)] == ["bad_value"]
    assert own.query("select count(*) from quarantine") == [(2,)]
    assert own.query("select kind, subject, object, reason from decisions") == [
        ("discard", "*", "unknown_event", "noise")
    ]
    get(own, "e=ball&i=3")  # what comes after a decision is news
    own.load()
    assert len(json.loads(own.run("quarantine", "--format", "json").stdout)) == 2


def test_the_list_can_be_asked_by_sender_and_code(own: Ingest):
    get(own, SALE)
    own.load()
    for arguments, rows in ((["--sender", "own"], 1), (["--code", "bad_time"], 0)):
        assert len(json.loads(own.run("quarantine", "--format", "json", *arguments).stdout)) == rows


def test_tail_shows_the_latest_deliveries_as_they_were_parsed(own: Ingest):
    for query in (SALE, SALE.replace("wrong=much", "wrong=3"), "e=party"):
        get(own, query)
    lines = [json.loads(line) for line in own.run("tail", "--format", "json", "--raw").stdout.splitlines()]
    assert [(len(line["items"]), [each["code"] for each in line["quarantined"]]) for line in lines] == [
        (0, ["bad_value"]), (1, []), (0, ["unknown_event"]),
    ]  # fmt: skip
    assert lines[1]["items"][0]["creative_raw"] == "Quiet SUVs" and lines[1]["body"]["email"] == "(redacted)"
    assert "jenny" not in json.dumps(lines) and KEY not in json.dumps(lines)
    assert own.run("tail", "-n", "1").stdout.count("QUARANTINED") == 1
    assert [line["disposition"] for line in lines] == ["quarantined", "accepted", "quarantined"]


def test_a_replay_says_what_it_wants_to_know(own: Ingest):
    for arguments, said in (
        ([], "Say what to replay"),
        (["--sender", "nobody"], "There is no sender 'nobody'"),
        (["--sender", "own", "--since", "soon"], "--since 'soon'"),
        (["--sender", "own"], "No kept delivery fits"),
    ):
        done = own.run("replay", *arguments)
        assert done.returncode in (1, 2) and said in done.stderr


def test_validate_shows_every_step_and_stores_nothing(own: Ingest):
    query = SALE.replace("wrong=much", "wrong=3").replace("Quiet+SUVs", "Quiet%2BSUVs%2Bof%2B2026")
    answer = own.request("GET", f"/validate/own?{query}&key={KEY}")
    shown = answer.json
    assert (answer.status, shown["stored"], shown["would_answer"]) == (200, False, 200)
    [row] = shown["accepted"]
    assert (row["type"], row["id"], row["revenue"]) == ("conversion", "1", "3.000000")
    assert row["creative"]["text"] == "Quiet SUVs of 2026" and row["creative"]["steps"][0]["step"] == "plus"
    assert own.request("GET", f"/validate/own?{SALE}").status == 401
    assert own.request("POST", f"/validate/own?{SALE}&key={KEY}", b"").status == 405
    assert own.load().deliveries == 0


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["quarantine", "--sender", "nobody"], "There is no sender 'nobody'. Configured: own."),
        (["tail", "--sender", "nobody"], "There is no sender 'nobody'. Configured: own."),
        (["quarantine", "empty", "--reason", " "], "A decision needs its reason"),
        (["creatives", "merge", "a", "b", "--reason", ""], "A decision needs its reason"),
        (["creatives", "merge", "a", "a", "--reason", "same"], "A creative cannot be merged into itself."),
        (["relay", "retry", "own"], "has no relay_to, so nothing would be sent"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(own: Ingest, command: list[str], said: str):
    done = own.run(*command)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_what_waits_for_a_target_that_is_gone_can_be_dropped(own: Ingest):
    assert "0 deliveries will not be sent." in own.run("relay", "drop", "own").stderr
