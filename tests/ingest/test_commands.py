"""This module owns the promises of the commands: stdout is data, stderr narrates, the exit code says how it went."""

import csv
import io
import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from running import SECRET, Ingest, run, write_config
from typer.testing import CliRunner

from ingest.__main__ import app
from ingest.creative import identify
from ingest.terminal.commands import Exit

CLICK = {"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z", "rac": "Quiet SUVs of 2026"}
ONE, TWO = identify("Quiet SUVs of 2026").creative_id, identify("Cruises for over-60s").creative_id


@pytest.fixture(scope="module")
def posted(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A running ingest whose journal is loaded once: a click, a bad item, and then one delivery that waits."""
    senders = {"shop": {}, "lenient": {"strict": False, "timezone": "Europe/Berlin", "currency": "EUR"}}
    with Ingest(tmp_path_factory.mktemp("commands"), senders) as ingest:
        ingest.loaded = ingest.post([CLICK, CLICK | {"id": "device.42"}]).json["receipt"]
        ingest.post(CLICK | {"id": "cruise", "referrerAdCreative": "Cruises for over-60s"})
        ingest.bad = ingest.post(CLICK | {"id": "bad-1", "occurred_at": "soon"}, "lenient").json["receipt"]
        ingest.post({"type": "report", "day": "2025-11-22", "level": "ad", "ad_id": "1202"})
        ingest.load()
        ingest.waiting = ingest.post(CLICK | {"id": "2"}).json["receipt"]
        yield ingest


def ask(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command in this process, which takes a twentieth of the time; its traceback stays one."""
    result = CliRunner(env={"COLUMNS": "200", "TERM": "dumb", **environment}).invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return subprocess.CompletedProcess(arguments, result.exit_code, result.stdout, result.stderr)


def ask_about(ingest: Ingest, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command with the settings of this ingest, told where it listens."""
    return ask(*arguments, "--config", str(ingest.config), WHICHAD_INGEST__PORT=str(ingest.port))


def data(done: subprocess.CompletedProcess[str]) -> Any:
    """The JSON on stdout of a command that went well."""
    assert done.returncode == Exit.OK, done.stderr
    return json.loads(done.stdout)


def test_help_teaches_every_command_and_the_first_step():
    done = run("--help", COLUMNS="200")
    assert done.returncode == 0 and done.stderr == ""
    for text in ("serve", "load", "senders", "send-test", "quarantine", "why", "creatives", "First webhook:"):
        assert text in done.stdout
    assert "worker" not in done.stdout  # it is `serve`'s own business


@pytest.mark.parametrize("command", ["serve", "load", "senders", "send-test", "quarantine", "why", "creatives merge"])
def test_each_command_says_what_it_does(command: str):
    done = ask(*command.split(), "--help")
    assert done.returncode == 0 and "--config" in done.stdout and "." in done.stdout


def test_without_a_command_the_help_is_shown():
    assert "Usage" in ask().stdout + ask().stderr


def test_the_exit_codes_are_an_enum():
    known = {"OK": 0, "FAILED": 1, "WRONG_SETTINGS": 2, "BUSY": 3, "INTERRUPTED": 130}
    assert {code.name: code.value for code in Exit} == known


def test_senders_are_listed_with_the_address_they_post_to(posted: Ingest):
    shop, lenient = data(ask_about(posted, "senders", "--format", "json"))
    assert shop == {
        "sender": "shop", "profile": "standard", "url": f"http://127.0.0.1:{posted.port}/webhooks/shop",
        "timezone": "UTC", "currency": "USD", "strict": True,
    }  # fmt: skip
    assert (lenient["strict"], lenient["timezone"], lenient["currency"]) == (False, "Europe/Berlin", "EUR")


def test_rows_can_be_had_as_a_table_or_as_csv(posted: Ingest):
    table = ask_about(posted, "senders")
    assert table.stdout.splitlines()[0].split() == ["sender", "profile", "url", "timezone", "currency", "strict"]
    rows = list(csv.reader(io.StringIO(ask_about(posted, "senders", "--format", "csv").stdout)))
    assert [row[0] for row in rows] == ["sender", "shop", "lenient"]
    assert SECRET not in table.stdout + table.stderr


def test_no_senders_are_an_empty_list_and_a_hint_on_stderr(tmp_path: Path):
    config = write_config(tmp_path, {})
    done = ask("senders", "--format", "json", "--config", str(config))
    assert data(done) == [] and "senders add" in done.stderr


def test_the_quarantine_lists_what_could_not_be_used(posted: Ingest):
    (row,) = data(ask_about(posted, "quarantine", "--format", "json"))
    assert (row["sender"], row["code"], row["field"], row["id"]) == ("lenient", "bad_time", "occurred_at", "bad-1")
    assert data(ask_about(posted, "quarantine", "--format", "json", "--limit", "0")) == []


@pytest.mark.parametrize("what", ["loaded", "bad", "an id of the delivery", "1", "device.42", "bad-1"])
def test_why_finds_a_receipt_a_delivery_or_an_item(posted: Ingest, what: str):
    asked = posted.loaded.partition(".")[0] if what == "an id of the delivery" else getattr(posted, what, what)
    rows = data(ask_about(posted, "why", asked, "--format", "json"))
    is_bad = what in {"bad", "bad-1"}
    assert {row["where"] for row in rows if row["step"] == "judged"} == ({"quarantine"} if is_bad else {"loader"})
    assert f"receipt {posted.bad if is_bad else posted.loaded}" in str(rows)


def test_why_says_that_a_delivery_waits_in_the_journal(posted: Ingest):
    door, place, judged = data(ask_about(posted, "why", posted.waiting, "--format", "json"))
    assert (door["where"], place["what"], judged["what"]) == ("sender shop", "row 5", "not loaded yet")


@pytest.mark.parametrize("what", ["nothing", "d" * 26, "' or 1=1 --", ""])
def test_why_of_what_nobody_knows_fails_in_a_sentence(posted: Ingest, what: str):
    done = ask_about(posted, "why", what)
    assert (done.returncode, done.stdout) == (
        Exit.FAILED,
        "",
    ) and "No receipt, delivery, webhook-id or item" in done.stderr


def test_a_sample_is_taken_and_marked_as_a_test(posted: Ingest):
    answer = data(ask_about(posted, "send-test", "lenient"))
    assert (answer["accepted"], answer["quarantined"], answer["warnings"]) == (1, 0, [])
    done = ask_about(posted, "load")
    assert (done.returncode, done.stdout) == (0, "") and "with" in done.stderr
    assert posted.query("select distinct traffic from interactions where sender = 'lenient'") == [("test",)]


def test_a_sample_can_be_shown_as_a_signed_curl_without_the_secret(posted: Ingest):
    done = ask_about(posted, "send-test", "shop", "--curl")
    words = shlex.split(done.stdout)
    headers = dict(words[n + 1].split(": ", 1) for n, word in enumerate(words) if word == "-H")
    body = words[words.index("--data-binary") + 1].encode()
    assert words[:3] == ["curl", "-i", f"http://127.0.0.1:{posted.port}/webhooks/shop"] and SECRET not in done.stdout
    assert posted.request("POST", "/webhooks/shop", body, headers).json["accepted"] == 1


@pytest.mark.parametrize(
    ("senders", "arguments", "code", "said"),
    [
        ({"shop": {}}, ["send-test", "nobody"], Exit.WRONG_SETTINGS, "There is no sender 'nobody'. Configured: shop."),
        (
            {"shop": {"secrets": ["whsec_*"]}},
            ["send-test", "shop"],
            Exit.WRONG_SETTINGS,
            "senders.shop.secrets: a secr",
        ),
        ({"shop": {}}, ["send-test", "shop"], Exit.FAILED, "whichad.toml up"),
        ({"shop": {"secrets": []}}, ["senders"], Exit.WRONG_SETTINGS, "senders.shop.secrets is empty"),
        ({"shop": {"strict": "x"}}, ["quarantine"], Exit.WRONG_SETTINGS, "'senders.shop.strict' is wrong"),
        ({"shop": {}}, ["quarantine"], Exit.BUSY, "nothing was loaded"),
        ({"shop": {}}, ["senders", "--format", "xml"], Exit.WRONG_SETTINGS, "'xml' is not one of"),
        ({"shop": {}}, ["no-such-command"], Exit.WRONG_SETTINGS, "No such command"),
    ],
)
def test_what_is_wrong_is_a_sentence_and_an_exit_code(tmp_path: Path, senders: dict, arguments, code: Exit, said: str):
    config = write_config(tmp_path, senders, port=1)
    done = ask(*arguments, *([] if "no-such" in arguments[0] else ["--config", str(config)]))
    assert done.returncode == code and said in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_without_settings_the_commands_say_how_to_make_some(tmp_path: Path):
    done = run("senders", cwd=tmp_path)
    assert done.returncode == Exit.WRONG_SETTINGS and "whichad init" in done.stderr


def test_a_merge_is_decided_with_a_reason_and_undone_again(posted: Ingest):
    done = ask_about(posted, "creatives", "merge", TWO, ONE, "--reason", "the same offer")
    assert (done.returncode, done.stdout) == (Exit.OK, "") and "it shows with the next refresh" in done.stderr
    posted.load()
    assert posted.query("select creative_id, canonical_id, kind from creative_aliases") == [(TWO, ONE, "merge")]
    ask_about(posted, "creatives", "unmerge", TWO, "--reason", "a mistake")
    posted.load()
    assert posted.query("select count(*)::int from creative_aliases") == [(0,)]
    done = ask_about(posted, "creatives", "merge", "rac1_none", ONE, "--reason", "a slip")
    assert done.returncode == Exit.FAILED and "rac1_none" in done.stderr


def test_a_damaged_segment_is_said_by_load_and_does_not_stop_why(posted: Ingest):
    receipt = posted.post(CLICK | {"id": "3"}).json["receipt"]
    broken = posted.settings.journal_dir / "a.sqlite"
    broken.write_bytes(b"not a database")
    try:
        assert data(ask_about(posted, "why", receipt, "--format", "json"))[-1]["what"] == "not loaded yet"
        done = posted.run("load")
    finally:
        broken.unlink()
    assert done.returncode == Exit.FAILED and "a.sqlite cannot be read" in done.stderr
    assert posted.query("select id from interactions where id = '3'") == [("3",)]
