"""This module owns set-up for platforms: whose secret it is, what is printed again, profiles that are not ready."""

import json
import os
import pty
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import warm
from running import ROOT, environment, proofs, write_config

from ingest.config import ConfigError, IngestSettings, load
from ingest.profile import names, profile
from ingest.senders import adding
from ingest.senders.first_setup import Answers, write
from ingest.senders.trial import tried
from ingest.terminal.commands import Exit

THEIRS = ("meta", "shopify_orders", "stripe_payments")
PUBLIC = "https://ads.example.com"
OWN = """
title = "Mine"
about = "A tracker of mine."
kind = "tracker"
methods = ["GET"]
steps = ["conversion"]
setup = "Paste this sender's address."
[auth]
scheme = "token"
path = true
[[items]]
type = "conversion"
[items.fields]
id = "i"
occurred_at = "$received"
[sample]
method = "GET"
query = "i=@N@"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return write_config(tmp_path, {})


def senders(config: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = ["ingest", "senders", *arguments, "--config", str(config)]
    return warm.run(command, ROOT, environment(COLUMNS="200"), stdin=stdin)


def typed(command: list[str], answers: str, folder: Path) -> tuple[int, str]:
    """What a command says on a terminal where `answers` are typed."""
    mine, theirs = pty.openpty()
    started = subprocess.Popen(
        [sys.executable, "-m", *command], cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs,
        env=environment(PYTHONPATH=str(ROOT), TERM="dumb", COLUMNS="200"),
    )  # fmt: skip
    os.close(theirs)
    os.write(mine, answers.encode())
    said = b""
    while True:
        try:
            said += os.read(mine, 65536)
        except OSError:  # the command ended, and its terminal with it
            break
    os.close(mine)
    return started.wait(60), said.decode()


def test_the_profiles_whose_platform_makes_the_secret_are_these():
    assert tuple(name for name in names() if profile(name).is_secret_theirs) == THEIRS


@pytest.mark.parametrize("name", THEIRS)
def test_a_secret_that_only_the_platform_can_make_is_never_made_here(name: str, config: Path):
    before = config.read_text(encoding="utf-8")
    done = senders(config, "add", "pay", "--profile", name)
    assert done.returncode == Exit.WRONG_SETTINGS and done.stdout == ""
    assert f"{profile(name).title} makes the signing secret itself" in done.stderr
    assert "/webhooks/pay there" in done.stderr and "--secret -" in done.stderr
    assert config.read_text(encoding="utf-8") == before and not (config.parent / "secrets").exists()


def test_a_secret_is_read_from_standard_input_and_stands_in_no_list_of_processes(config: Path):
    done = senders(
        config, "add", "pay", "--profile", "stripe_payments", "--secret", "-", stdin="whsec_of_stripe_1234\n"
    )
    assert done.returncode == 0, done.stderr
    assert (config.parent / "secrets" / "pay").read_text(encoding="utf-8") == "whsec_of_stripe_1234\n"
    assert "whsec_of_stripe" not in done.stdout + done.stderr and "begin with whsec_" not in done.stderr
    other = senders(config, "add", "pay2", "--profile", "stripe_payments", "--secret", "sk_live_1234567890abcdef")
    assert other.returncode == 0 and "begin with whsec_, and this one does not" in other.stderr


def test_an_empty_standard_input_is_no_secret(config: Path):
    done = senders(config, "add", "pay", "--profile", "stripe_payments", "--secret", "-")
    assert done.returncode == Exit.WRONG_SETTINGS and "nothing came" in done.stderr


def test_on_a_terminal_the_address_is_said_before_the_secret_is_asked_for(config: Path):
    command = ["ingest", "senders", "add", "pay", "--profile", "stripe_payments", "--no-wait", "--config", str(config)]
    code, said = typed(command, "\nwhsec_of_stripe_1234\n", config.parent)
    assert code == 0, said
    assert said.index("/webhooks/pay") < said.index("The signing secret that Stripe payments shows")
    assert (config.parent / "secrets" / "pay").read_text(encoding="utf-8") == "whsec_of_stripe_1234\n"


def test_meta_s_verify_token_is_made_and_printed_as_its_set_up_says(config: Path):
    done = senders(config, "add", "leads", "--profile", "meta", "--secret", "the-app-s-own-secret")
    token = (config.parent / "secrets" / "leads.verify").read_text(encoding="utf-8").strip()
    assert token in done.stdout.splitlines() and "the verify token is made by whichad" in done.stderr
    assert tomllib.loads(config.read_text(encoding="utf-8"))["senders"]["leads"]["verify_token"].startswith("file:")


def test_a_secret_of_ours_is_printed_where_it_is_entered(config: Path):
    done = senders(config, "add", "forms", "--profile", "typeform_leads")
    secret = (config.parent / "secrets" / "forms").read_text(encoding="utf-8").strip()
    assert done.stdout.splitlines()[:2] == ["http://127.0.0.1:0/webhooks/forms", secret]


def test_segment_s_sdk_is_given_the_host_and_adds_its_path_itself(config: Path):
    done = senders(config, "add", "seg", "--profile", "segment_track")
    assert done.stdout.splitlines()[0] == "http://127.0.0.1:0/webhooks/seg"
    assert "/webhooks/seg/v1/batch" in done.stdout


def test_an_address_that_no_platform_can_reach_is_warned_of(config: Path):
    done = senders(config, "add", "feed", "--profile", "tonic")
    assert "public_url is not set" in done.stderr and "senders show feed" in done.stderr
    config.write_text(f'public_url = "{PUBLIC}"\n' + config.read_text(encoding="utf-8"), encoding="utf-8")
    shown = senders(config, "show", "feed")
    assert "public_url" not in shown.stderr and shown.stdout.startswith(f"{PUBLIC}/webhooks/feed/")


def test_show_prints_again_what_add_printed_and_the_secret_only_when_asked(config: Path):
    added = senders(config, "add", "shop", "--profile", "standard").stdout.splitlines()
    shown = senders(config, "show", "shop").stdout.splitlines()
    assert (shown[0], shown[1].partition(" -H ")[0]) == (added[0], added[2].partition(" -H ")[0])
    assert added[1] not in shown and senders(config, "show", "shop", "--secret").stdout.splitlines()[1] == added[1]
    done = senders(config, "show", "nobody")
    assert done.returncode == Exit.WRONG_SETTINGS and "There is no sender 'nobody'" in done.stderr


def test_of_two_who_add_one_name_at_once_the_second_is_told(config: Path):
    command = [sys.executable, "-m", "ingest", "senders", "add", "same", "--profile", "tonic", "--config", str(config)]
    both = [subprocess.Popen(command, cwd=ROOT, env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, text=True) for _ in range(2)]  # fmt: skip
    told = {started.communicate(timeout=60)[1]: started.returncode for started in both}
    assert sorted(told.values()) == [0, Exit.WRONG_SETTINGS]
    assert any("There is a sender 'same' already" in text for text, code in told.items() if code)
    assert senders(config, "show", "same").returncode == 0


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('id = "i"', 'id = "j"', "missing_field (id)"),
        ('type = "conversion"', 'when = {i = "x"}\ntype = "conversion"', "unknown_event (item)"),
        ('method = "GET"', 'method = "POST"\nsuffix = "v9"', "its own sample would be refused"),
        ('id = "i"', 'idd = "i"', "items 1, fields.idd: there is no field 'idd'"),
    ],
)
def test_a_profile_that_is_not_ready_is_refused_before_anything_is_written(
    before: str, after: str, said: str, config: Path
):
    folder = config.parent / "profiles"
    folder.mkdir()
    (folder / "mine.toml").write_text(OWN.replace(before, after), encoding="utf-8")
    text = config.read_text(encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        adding.add(config, adding.Wish("mine", "mine"))
    assert said in str(refused.value) and "'mine'" in str(refused.value)
    assert config.read_text(encoding="utf-8") == text and not (config.parent / "secrets").exists()
    (folder / "mine.toml").write_text(OWN, encoding="utf-8")
    assert adding.add(config, adding.Wish("mine", "mine")).pasted.warnings


CHOICES = [(name, key, choice) for name in names() for key, option in profile(name).options.items()
           for choice in option.choices if not option.follows]  # fmt: skip


@pytest.mark.parametrize(("name", "key", "choice"), [(name, "", "") for name in names()] + CHOICES)
def test_every_shipped_profile_passes_the_trial_with_every_choice(name: str, key: str, choice: str, config: Path):
    settings = load(IngestSettings, config)
    options = {key: choice} if key else {}
    table = {"profile": name, "verify_token": None, "options": options, **proofs(name, "user:a-secret-of-some-length")}
    if profile(name).auth.scheme == "standard_webhooks":
        table["secrets"] = ["whsec_dGVzdHMtb3duLXRoaXMtc2VjcmV0LTMyLWJ5dGVzISE="]
    tried("x", adding.Sender.model_validate(table), settings)


def test_a_broken_profile_is_listed_as_broken_and_one_that_hides_ours_is_said(config: Path):
    folder = config.parent / "profiles"
    folder.mkdir()
    (folder / "broken.toml").write_bytes(b"title = '\xff'")
    (folder / "tonic.toml").write_text(OWN, encoding="utf-8")
    rows = {row["profile"]: row for row in json.loads(senders(config, "profiles", "--format", "json").stdout)}
    assert rows["broken"]["kind"] == "broken" and "is not UTF-8 text" in rows["broken"]["about"]
    assert (rows["tonic"]["whose"], rows["voluum"]["whose"]) == ("yours, instead of the shipped one", "shipped")
    assert "is used instead of the profile tonic" in senders(config, "add", "feed", "--profile", "tonic").stderr


def test_init_without_a_terminal_takes_the_defaults_that_its_help_lists(tmp_path: Path):
    done = subprocess.run([sys.executable, "-m", "whichad", "init"], cwd=tmp_path, stdin=subprocess.DEVNULL, text=True,
                          env=environment(PYTHONPATH=str(ROOT)), capture_output=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    made = tomllib.loads((tmp_path / "whichad.toml").read_text(encoding="utf-8"))
    assert (made["kind"], made["timezone"], made["currency"], list(made["senders"])) == ("shop", "UTC", "USD", ["shop"])


def test_init_says_what_is_wrong_with_an_answer_before_it_asks_the_next(tmp_path: Path):
    answers = "shoop\nshop\nMars\nUTC\nEUR\n\nShop\nshop\n\n"
    code, said = typed(["whichad", "init"], answers, tmp_path)
    assert code == 0, said
    assert said.index("'shoop' is no kind") < said.index("Time zone") < said.index("'Mars' is not a time zone")
    assert said.index("'Shop' cannot name a sender") < said.index("Its profile")
    assert tomllib.loads((tmp_path / "whichad.toml").read_text(encoding="utf-8"))["currency"] == "EUR"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "shopp"}, "did you mean 'shop'?"), ({"timezone": "Europe/Berln"}, "did you mean 'Europe/Berlin'?"),
        ({"currency": "ZZZ"}, "ISO 4217"), ({"sender": "My Shop"}, "cannot name a sender"),
        ({"public_url": "hooks.example.com"}, "such as 'https://hooks.example.com'"),
        ({"profile": "tonc"}, "did you mean 'tonic'?"),
        ({"profile": "meta"}, "makes the signing secret itself"),
    ],
)  # fmt: skip
def test_wrong_answers_leave_no_file(wrong: dict[str, str], said: str, tmp_path: Path):
    good = {"kind": "shop", "timezone": "UTC", "currency": "USD", "public_url": "", "sender": "shop"}
    with pytest.raises(ConfigError) as refused:
        write(tmp_path, Answers(**good | wrong))
    assert said in str(refused.value) and list(tmp_path.iterdir()) == []
    assert write(tmp_path, Answers(**good)).config.is_file()


def test_on_a_terminal_the_origins_of_pages_are_asked_for_until_they_are_some(config: Path):
    command = ["ingest", "senders", "add", "site", "--profile", "site_tag", "--no-wait", "--config", str(config)]
    answers = "shop.example\nhttps://shop.example http://127.0.0.1:5173\n"
    code, said = typed(command, answers, config.parent)
    assert code == 0 and "'shop.example' is no origin of pages" in said and 'data-sender="site"' in said, said
    found = tomllib.loads(config.read_text(encoding="utf-8"))["senders"]["site"]["origins"]
    assert found == ["https://shop.example", "http://127.0.0.1:5173"]
