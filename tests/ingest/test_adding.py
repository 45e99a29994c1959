"""This module owns the set-up that explains itself: a sender is added by a command, live at once, first hit told."""

import shlex
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from journaling import until
from running import ROOT, Ingest, environment, refused

from ingest.terminal.commands import Exit

TONIC = "type=redirect&event_id=e1&campaign_id=140&click_id=c-1&ad_id=7&network=facebook"


@pytest.fixture
def bare(tmp_path: Path):
    with Ingest(tmp_path, {}) as running:
        yield running


def pasted(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_sender_is_live_without_a_restart_and_its_address_and_its_curl_work_as_printed(bare: Ingest):
    lines = pasted(bare.run("senders", "add", "feed", "--profile", "tonic"))
    url, curl = lines[0], next(line for line in lines if line.startswith("curl "))
    token = (bare.config.parent / "secrets" / "feed").read_text(encoding="utf-8").strip()
    assert url.startswith(f"http://127.0.0.1:{bare.port}/webhooks/feed/{token}?type={{type}}&event_id={{event_id}}")
    path = url.partition("?")[0].partition("/webhooks/")[2]
    until(lambda: bare.request("GET", f"/webhooks/{path}?{TONIC}").status == 200)
    words = shlex.split(curl)
    target = words[words.index("-i") + 1].partition(str(bare.port))[2]
    headers = dict(words[n + 1].split(": ", 1) for n, word in enumerate(words) if word == "-H")
    assert bare.request("GET", target, headers=headers).json["accepted"] == 1
    refused(bare.request("GET", f"/webhooks/feed/{token[:-1]}x?{TONIC}"), 401, "signature_wrong")
    bare.load()
    assert sorted(bare.query("select traffic, click_id is not null from interactions")) == [
        ("human", True),
        ("test", True),
    ]
    assert token not in (bare.settings.journal_dir.parent / "..").resolve().joinpath("ingest.log").read_text()
    for path in bare.settings.data_dir.rglob("*"):
        assert not path.is_file() or token.encode() not in path.read_bytes(), path


def test_the_file_keeps_its_comments_and_the_secret_is_its_owner_s_alone(bare: Ingest):
    before = "# mine\n" + bare.config.read_text(encoding="utf-8")
    bare.config.write_text(before, encoding="utf-8")
    lines = pasted(bare.run("senders", "add", "shop2", "--profile", "shopify_orders", "--secret", "shopify-made-this"))
    after = bare.config.read_text(encoding="utf-8")
    assert after.startswith(before.rstrip("\n"))
    assert tomllib.loads(after)["senders"]["shop2"]["profile"] == "shopify_orders"
    secret = bare.config.parent / "secrets" / "shop2"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600 and secret.read_text(encoding="utf-8") == "shopify-made-this\n"
    assert "shopify-made-this" not in "\n".join(lines)


def test_what_public_url_says_is_what_is_pasted(tmp_path: Path):
    with Ingest(tmp_path, {}) as running:
        text = running.config.read_text(encoding="utf-8")
        running.config.write_text('public_url = "https://ads.example.com/"\n' + text, encoding="utf-8")
        url = pasted(running.run("senders", "add", "v", "--profile", "voluum"))[0]
        assert url.startswith("https://ads.example.com/webhooks/v/")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Feed", "--profile", "tonic"], "cannot name a sender"),
        (["shop", "--profile", "tonic"], "There is a sender 'shop' already"),
        (["feed", "--profile", "tonik"], "There is no profile 'tonik' (did you mean 'tonic'?). There are: "),
        (["feed", "--profile", "tonic", "--timezone", "Mars"], "Mars"),
        (["feed", "--profile", "tonic", "--option", "colour=red"], "this profile has no such option"),
        (["feed", "--profile", "tonic", "--option", "colour=red"], "it has transaction, repeats"),
        (["feed", "--profile", "redtrack", "--option", "repeat=add"], "did you mean 'repeats'?"),
        (["own", "--profile", "standard", "--option", "colour=red"], "has no options"),
        (["feed", "--profile", "tonic", "--secret", "short"], "senders.feed.secrets"),
        (["feed", "--profile", "tonic", "--secret", "env:TOKEN"], "--secret takes the secret itself"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_in_words_and_changes_nothing(
    ingest: Ingest, arguments: list[str], said: str
):
    before = ingest.config.read_text(encoding="utf-8")
    done = ingest.run("senders", "add", *arguments)
    assert (done.returncode, said in done.stderr) == (Exit.WRONG_SETTINGS, True), done.stderr
    assert ingest.config.read_text(encoding="utf-8") == before
    assert not (ingest.config.parent / "secrets").exists() or not list((ingest.config.parent / "secrets").iterdir())


def waiting(ingest: Ingest, sender: str) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "ingest",
        "senders",
        "wait",
        sender,
        "--seconds",
        "30",
        "--config",
        str(ingest.config),
    ]
    started = subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert started.stderr is not None and "Waiting for the first hit" in started.stderr.readline()
    return started


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (TONIC + "&adtitle=Quiet+SUVs", "got it: click, 7 fields mapped, the creative is “Quiet SUVs”"),
        (TONIC + "&adtitle={{ad.name}}", "the creative is missing because `{{ad.name}}` was not filled in"),
        (TONIC, "the creative is missing: no field carried the ad's text"),
        (TONIC.replace("redirect", "party"), "got it, but it cannot be used: unknown_event"),
    ],
)
def test_the_first_hit_is_told_in_words(bare: Ingest, query: str, said: str):
    path = (
        pasted(bare.run("senders", "add", "feed", "--profile", "tonic"))[0].partition("?")[0].partition("/webhooks/")[2]
    )
    until(lambda: bare.request("HEAD", "/webhooks/feed").status == 200)
    waits = waiting(bare, "feed")
    refused(bare.request("GET", f"/webhooks/feed/wrong-token-of-some-length?{query}"), 401, "signature_wrong")
    assert bare.request("GET", f"/webhooks/{path}?{query}").status == 200
    out, _ = waits.communicate(timeout=30)
    assert said in out and waits.returncode == 0


def test_a_wrong_change_of_the_settings_keeps_the_senders_there_were(bare: Ingest):
    pasted(bare.run("senders", "add", "feed", "--profile", "tonic"))
    until(lambda: bare.request("HEAD", "/webhooks/feed").status == 200)
    good = bare.config.read_text(encoding="utf-8")
    bare.config.write_text(good + "\n[senders.feed2]\nprofile = 'nothing'\n", encoding="utf-8")
    until(lambda: "the senders stay as they were" in bare.log.read_text(encoding="utf-8"))
    assert bare.request("HEAD", "/webhooks/feed").status == 200
    bare.config.write_text(good.replace("[senders.feed]", "[senders.feed3]"), encoding="utf-8")
    until(lambda: bare.request("HEAD", "/webhooks/feed3").status == 200)
    assert bare.request("HEAD", "/webhooks/feed").status == 404
