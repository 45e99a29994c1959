"""This module owns the promises of a running ingest whose settings change on disk: rightly, wrongly, or in vain."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from running import SECRET, Ingest, write_config

from analytics.config import AnalyticsSettings
from analytics.status.health import Finding, status, status_of
from ingest.config import IngestSettings, load
from ingest.listening.serve import RUN_FILE
from ingest.senders.current import Senders
from ingest.signature import new_secret

CLICK = {"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z"}
SENDERS = {"shop": {"secrets": ["file:secrets/shop"]}, "own": {"profile": "mine"}}
PROFILE = files("ingest").joinpath("profiles", "standard.toml").read_bytes()
STAY, AGAIN = "the senders stay as they were", "the senders are read again: 2 senders"
LATIN = "schlüssel".encode("latin-1")
# What is written into which file, and what is said of it; None takes the file away.
WRONG = [
    ("secrets/shop", LATIN, "secrets/shop is not UTF-8 text"),
    ("secrets/shop", None, "secrets/shop does not exist"),
    ("secrets/shop", b"", "senders.shop.secrets: a secret is empty"),
    ("profiles/mine.toml", LATIN, "profiles/mine.toml) is not UTF-8"),
    ("profiles/mine.toml", b"title =", "profiles/mine.toml) cannot be read, for it is not valid TOML"),
    ("whichad.toml", LATIN, "whichad.toml is not valid TOML: it is not UTF-8 text"),
    ("whichad.toml", b"[ingest]\nport = 70000", "'ingest.port' is wrong"),
    ("whichad.toml", b"[senders.shop", "whichad.toml is not valid TOML"),
    ("whichad.toml", None, "There is no configuration file at"),
    ("whichad.toml", b"a = " + b"[" * 9000, STAY),  # nobody foresaw it
]
FATAL = [WRONG[1], WRONG[3], WRONG[7]]  # for workers are started again after a pause that grows


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    """An ingest of two workers: one sender has its secret in a file, the other a profile of its own."""
    folder = tmp_path_factory.mktemp("live")
    (folder / "secrets").mkdir()
    (folder / "secrets" / "shop").write_text(SECRET, encoding="utf-8")
    (folder / "profiles").mkdir()
    (folder / "profiles" / "mine.toml").write_bytes(PROFILE)
    with Ingest(folder, SENDERS, workers=2) as running:
        yield running


@pytest.fixture(autouse=True)
def settled(request: pytest.FixtureRequest) -> None:
    """Begin when the test before is over for the supervisor, too: it looks later than the workers, and says so then."""
    if "live" in request.fixturenames:
        live: Ingest = request.getfixturevalue("live")
        until(lambda: ready(live)["settings"]["ok"] and gauge(live, "whichad_settings_ok") == 1)


def put(path: Path, content: str | bytes) -> None:
    """Write a file in one step, as an editor does: half a file is another change, which is said, too."""
    aside = path.with_name(f".{path.name}.put")
    aside.write_bytes(content if isinstance(content, bytes) else content.encode())
    aside.replace(path)


def until(holds: Callable[[], Any]) -> Any:
    """Wait for something to hold, and return it."""
    deadline = time.monotonic() + 60
    while not (found := holds()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
    return found


def said(ingest: Ingest, since: int = 0) -> list[str]:
    """The lines of its log after the first `since`."""
    return ingest.log.read_text(encoding="utf-8").splitlines()[since:]


def ready(ingest: Ingest) -> dict[str, Any]:
    answer = ingest.request("GET", "/readyz", admin=True)
    return {"status": answer.status, **answer.json}


def gauge(ingest: Ingest, name: str) -> float:
    text = ingest.request("GET", "/metrics", admin=True).body.decode()
    return next(f.samples[0].value for f in text_string_to_metric_families(text) if f.name == name)


def finding(ingest: Ingest, what: str) -> Finding:
    found = status(load(AnalyticsSettings, ingest.config), datetime.now(UTC).replace(tzinfo=None))
    return next(each for each in found if each.what == what)


def workers(ingest: Ingest) -> list[int]:
    pids: list[int] = json.loads((ingest.settings.data_dir / RUN_FILE).read_text())["workers"]
    return pids


def is_taken(ingest: Ingest, sender: str = "shop", secret: str = SECRET) -> bool:
    with suppress(OSError):  # between two workers
        return ingest.post(CLICK, sender, secret=secret).status == 200
    return False


def test_with_right_settings_everything_is_in_force(live: Ingest):
    found = until(lambda: (now := ready(live))["workers"] == 2 and now)
    assert (found["status"], found["workers_configured"]) == (200, 2)
    assert found["settings"] == {"ok": True, "sentence": "", "needs_restart": []}
    assert (gauge(live, "whichad_settings_ok"), gauge(live, "whichad_workers_configured")) == (1, 2)
    assert finding(live, "settings") == Finding("settings", True, "2 senders, in force")
    assert finding(live, "ingest").detail.startswith("ready, 2 of 2 workers, ")


@pytest.mark.parametrize(("name", "content", "words"), WRONG, ids=[f"{n}-{w[-20:]}" for n, _, w in WRONG])
def test_wrong_settings_are_said_once_and_never_served(live: Ingest, name: str, content: bytes | None, words: str):
    path, before = live.config.parent / name, len(said(live))
    good = path.read_bytes()
    try:
        path.unlink() if content is None else put(path, content)
        found = until(lambda: not (now := ready(live))["settings"]["ok"] and now)
        assert found["status"] == 200 and found["ok"]  # the last good ones are served
        assert STAY in found["settings"]["sentence"] and words in found["settings"]["sentence"]
        assert gauge(live, "whichad_settings_ok") == 0
        dead = workers(live) if (name, content, words) in FATAL else []
        for pid in dead:  # whoever starts again gets what was good, not what is on disk
            os.kill(pid, signal.SIGKILL)
        until(lambda: not set(dead) & set(workers(live)) and ready(live)["workers"] == 2)
        until(lambda: is_taken(live) and is_taken(live, "own"))
    finally:
        put(path, good)
    until(lambda: ready(live)["settings"]["ok"])
    lines = said(live, before)
    assert len([line for line in lines if line.startswith(f"ingest: {STAY}")]) == 1
    assert [line for line in lines if "read again" in line] == [f"ingest: {AGAIN}"]
    assert not [line for line in lines if "Traceback" in line or "ended with 2" in line]


def test_after_all_that_a_new_secret_is_still_taken_by_every_worker(live: Ingest):
    new = new_secret(b"new" * 8)
    (live.config.parent / "secrets" / "shop").write_text("\ufeff" + new, encoding="utf-8")  # as some editors save it
    until(lambda: all(is_taken(live, secret=new) for _ in range(8)))
    (live.config.parent / "secrets" / "shop").write_text(SECRET, encoding="utf-8")
    until(lambda: all(is_taken(live) for _ in range(8)))


def test_status_says_what_is_wrong_on_disk_and_what_to_do(live: Ingest):
    path = live.config.parent / "secrets" / "shop"
    path.unlink()
    found = finding(live, "settings")
    assert not found.ok and "secrets/shop does not exist" in found.detail and "last good settings" in found.hint
    put(path, SECRET)
    until(lambda: finding(live, "settings").ok)


def test_status_has_its_row_where_the_file_itself_cannot_be_read(tmp_path: Path):
    config = write_config(tmp_path, {"shop": {}})
    now = datetime.now(UTC).replace(tzinfo=None)
    assert [each.what for each in status_of(AnalyticsSettings, config, now)][:2] == ["ingest", "settings"]
    put(config, "[senders.shop")
    (found,) = status_of(AnalyticsSettings, config, now)
    assert (found.what, found.ok) == ("settings", False)
    assert "is not valid TOML" in found.detail and "Mend it" in found.hint


def test_a_secret_that_is_to_come_is_taken_when_it_comes(live: Ingest):
    good = live.config.read_text(encoding="utf-8")
    secret = live.config.parent / "secrets" / "late"
    put(live.config, good + '[senders.late]\nsecrets = ["file:secrets/late"]\n')
    until(lambda: "secrets/late does not exist" in ready(live)["settings"]["sentence"])
    put(secret, SECRET)
    until(lambda: is_taken(live, "late"))
    put(live.config, good)
    until(lambda: not is_taken(live, "late"))


@pytest.mark.parametrize(
    ("add", "name"),
    [
        ('currency = "EUR"', "currency"),
        ('kind = "arbitrage"', "kind"),
        ('data_dir = "elsewhere"', "data_dir"),
        ("ingest.port = 1", "ingest.port"),
        ("ingest.workers = 3", "ingest.workers"),
        ("dashboard.port = 8059", "dashboard.port"),
        ("targets.roas = 3.0", "targets.roas"),
    ],
)
def test_what_needs_a_restart_is_named_once_until_it_is_taken_back(live: Ingest, add: str, name: str):
    good, before = live.config.read_text(encoding="utf-8"), len(said(live))
    put(live.config, changed(good, add))
    try:
        found = until(lambda: not (now := ready(live))["settings"]["ok"] and now)
        sentence = f"changed: {name}; this needs a restart"
        assert (found["status"], found["settings"]["needs_restart"]) == (200, [name])
        if name != "data_dir":  # there status looks into the new folder, where nothing runs
            shown = finding(live, "settings")
            assert (shown.ok, shown.detail, shown.hint) == (False, sentence, "Stop whichad and start it again.")
        assert is_taken(live)
    finally:
        put(live.config, good)
    until(lambda: ready(live)["settings"]["ok"])
    assert said(live, before) == [f"ingest: {sentence}", "ingest: the settings are again as they are in force"]


def changed(text: str, add: str) -> str:
    """The settings with a line more: of a table, where it names one."""
    key = add.partition(" = ")[0]
    table, _, inner = key.rpartition(".")
    lines = [line for line in text.splitlines() if line.partition(" = ")[0] != (inner if table == "ingest" else key)]
    if table == "ingest":
        lines.insert(lines.index("[ingest]") + 1, add.removeprefix("ingest."))
        return "\n".join(lines) + "\n"
    return "\n".join([add, *lines]) + "\n"


def test_the_public_address_and_a_sender_are_taken_at_once_and_say_nothing(live: Ingest):
    good, before = live.config.read_text(encoding="utf-8"), len(said(live))
    more = f'public_url = "https://hooks.example.com"\n{good}[senders.more]\nsecrets = ["{SECRET}"]\n'
    put(live.config, more)
    until(lambda: is_taken(live, "more"))
    put(live.config, good)
    until(lambda: not is_taken(live, "more"))
    assert ready(live)["settings"]["ok"] and said(live, before) == []


def test_fewer_workers_than_configured_are_said_though_webhooks_are_taken(live: Ingest):
    def found() -> Finding | None:
        with suppress(ProcessLookupError):
            os.kill(workers(live)[1], signal.SIGKILL)  # again and again, so that the pause grows
        time.sleep(0.05)
        shown = finding(live, "ingest")
        return None if shown.ok else shown

    shown = until(found)
    assert shown.detail.startswith("ready, 1 of 2 workers") and "started again by itself" in shown.hint
    assert ready(live)["status"] == 200
    until(lambda: finding(live, "ingest").ok)


def test_no_secret_lies_about_in_the_data_folder(live: Ingest):
    texts = [path.read_bytes() for path in live.settings.data_dir.rglob("*") if path.is_file()]
    assert texts and not [text for text in texts if SECRET.encode() in text]


def test_a_failure_that_nobody_foresaw_is_said_once_and_the_watching_goes_on(tmp_path: Path, capsys):
    config = write_config(tmp_path, {"shop": {}})
    good, senders = config.read_text(encoding="utf-8"), Senders(load(IngestSettings, config), name="ingest worker w1")
    assert senders.look() and not senders.look()
    put(config, "a = " + "[" * 9000)
    assert not senders.look() and not senders.look()
    assert senders.problem and set(senders.current()) == {"shop"}
    assert capsys.readouterr().err.count(f"ingest worker w1: {STAY}") == 1
    put(config, good)
    assert senders.look() and not senders.problem
