"""The alerts' commands, as they are typed."""

import json
import sqlite3
import threading
from pathlib import Path

import pytest
from alerting import note
from typer.testing import CliRunner, Result

from analytics.__main__ import app
from analytics.alerts import endpoints, events, rules
from analytics.alerts.store import NAME, lines, now_ms
from analytics.alerts.words import duration_ms
from ingest.config import ConfigError

CONFIG = 'kind = "shop"\ntimezone = "UTC"\ncurrency = "USD"\n[alerts]\nallow_private = ["127.0.0.0/8"]\n'


class Shell:
    """Types commands against a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.config, self.data = folder / "whichad.toml", folder / "data"
        self.config.write_text(CONFIG)

    def __call__(self, *words: str) -> Result:
        return CliRunner().invoke(app, ["alerts", *words, "--config", str(self.config)])

    def rows(self, *words: str) -> list[dict[str, object]]:
        done = self(*words, "--format", "json")
        assert done.exit_code == 0, done.stderr
        return list(json.loads(done.stdout))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_an_endpoint_is_added_with_its_secret_on_stdout_alone_and_never_shown_again(shell: Shell):
    done = shell("endpoints", "add", "http://127.0.0.1:9/hook?token=t0k", "--name", "team", "--event", "sender.silent")
    assert done.exit_code == 0, done.stderr
    secret = done.stdout.strip()
    (made,) = endpoints.listed(shell.data)
    assert (made.secrets, made.events) == ((secret,), ("sender.silent",))
    assert secret not in done.stderr
    assert "standardwebhooks" in done.stderr
    listed = shell("endpoints", "list").stdout
    assert "http://127.0.0.1:9/…" in listed
    assert "t0k" not in listed and secret not in listed
    assert (shell.data / NAME).stat().st_mode & 0o777 == 0o600


def test_looking_makes_no_file(shell: Shell):
    for words in (("endpoints", "list"), ("rules", "list"), ("events",), ("log",)):
        assert shell(*words).exit_code == 0
    assert not (shell.data / NAME).exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("endpoints", "add", "https://10.0.0.1/"), "private network"),
        (("endpoints", "add", "https://x.example/", "--event", "sender.slient"), "did you mean 'sender.silent'"),
        (("endpoints", "add", "https://x.example/", "--channel", "pigeon"), "There is no channel 'pigeon'"),
        (("endpoints", "remove", "team"), "There is no endpoint 'team'"),
        (("rules", "add", "roax", "--below", "1"), "did you mean 'roas'"),
        (("rules", "add", "roas"), "Give one of --above and --below"),
        (("rules", "add", "roas", "--below", "little"), "'little' is no number"),
        (("rules", "add", "roas", "--below", "1", "--per", "planet"), "There is no --per 'planet'"),
        (("rules", "add", "roas", "--below", "1", "--filter", "colour=red"), "There is no filter 'colour'"),
        (("rules", "add", "roas", "--below", "1", "--floor", "cost"), "'cost' is no pair"),
        (("rules", "snooze", "data.stale", "--for", "soon"), "'soon' is no time"),
        (("rules", "snooze", "data.stail"), "did you mean 'data.stale'"),
        (("replay",), "Give an event (evt_…), or --since"),
        (("replay", "evt_x"), "There is no event 'evt_x'"),
        (("digest",), "Nothing is published yet"),
    ],
)  # fmt: skip
def test_a_mistake_is_a_sentence_and_an_exit_code(shell: Shell, words: tuple[str, ...], said: str):
    done = shell(*words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_rules_are_added_listed_snoozed_and_removed(shell: Shell):
    done = shell("rules", "add", "roas", "--below", "0.8", "--days", "3", "--per", "creative", "--floor", "cost=100",
                 "--filter", "network=facebook", "--cooldown", "2d")  # fmt: skip
    assert done.exit_code == 0, done.stderr
    made = rules.named(shell.data, done.stdout.strip())
    assert made.condition is not None
    assert made.condition.sentence == (
        "roas below 0.8 over 3 mature days, per creative, where cost is at least 100, network facebook")  # fmt: skip
    assert made.condition.cooldown_hours == 48
    assert shell("rules", "snooze", made.name, "--for", "3d").exit_code == 0
    row = next(each for each in shell.rows("rules", "list") if each["rule"] == made.name)
    assert row["snoozed_until"]
    assert rules.named(shell.data, made.id).is_quiet("any", now_ms())
    assert shell("rules", "snooze", made.name, "--for", "0m").exit_code == 0
    assert shell("rules", "remove", made.name).exit_code == 0
    assert made.id not in {each.id for each in rules.listed(shell.data)}
    assert shell("rules", "remove", "data.stale").exit_code == 0
    assert not rules.named(shell.data, "data.stale").is_on
    assert shell("rules", "on", "data.stale").exit_code == 0


def test_one_subject_is_snoozed_by_an_event_about_it(shell: Shell):
    (event,) = note(shell.data, 1)
    assert shell("rules", "snooze", "sender.silent", "--of", event.id).exit_code == 0
    found = rules.named(shell.data, "sender.silent")
    assert found.is_quiet(event.subject, now_ms()) and not found.is_quiet("another", now_ms())
    assert shell("rules", "snooze", "data.stale", "--of", event.id).exit_code == 2


def test_what_was_seen_is_listed_and_sent_again(shell: Shell):
    shell("endpoints", "add", "http://127.0.0.1:9/", "--name", "team")
    made = note(shell.data, 3)
    assert [row["id"] for row in shell.rows("events")] == [each.id for each in reversed(made)]
    assert shell.rows("events", "--event", "data.stale") == []
    done = shell("replay", "--since", "1d", "--to", "team")
    assert (done.exit_code, "3 deliveries" in done.stderr) == (0, True)
    assert events.one(shell.data, made[0].id) == made[0]


def test_a_file_that_is_damaged_is_said_in_words(shell: Shell):
    shell.data.mkdir()
    (shell.data / NAME).write_bytes(b"no database" * 100)
    done = shell("endpoints", "list")
    assert done.exit_code == 1
    assert "A copy of it is in every backup" in done.stderr


@pytest.mark.parametrize(("text", "ms"), [("90m", 5_400_000), ("12h", 43_200_000), ("3d", 259_200_000), ("0m", 0)])
def test_a_time_is_a_number_and_its_unit(text: str, ms: int):
    assert duration_ms(text) == ms
    with pytest.raises(ConfigError):
        duration_ms(text[:-1])


def test_verify_looks_at_the_file_and_says_where_it_is_torn(shell: Shell):
    assert list(lines(shell.data)) == []
    endpoints.add(shell.data, "team", "https://x.example/")
    assert [each.ok for each in lines(shell.data)] == [True, True, True]
    with sqlite3.connect(shell.data / NAME) as connection:
        connection.execute("pragma user_version = 99")
    assert [each.note for each in lines(shell.data) if not each.ok] == ["A newer whichad made it: use that one."]
    assert "newer one made it" in shell("endpoints", "list").stderr
    (shell.data / NAME).write_bytes(b"no database" * 100)
    assert [each.ok for each in lines(shell.data)] == [False]


def test_two_processes_that_write_at_once_lose_nothing(shell: Shell):
    threads = [threading.Thread(target=note, args=(shell.data, 5, "sender.silent", 10 * at)) for at in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(events.listed(shell.data)) == 30
