"""docs/alerts.md is as the code is: its events, its receiver in ten lines, its channel of one's own."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alerting import answers, body, lane, note, to
from relaying import Target
from running import ROOT

from analytics.alerts import channels, deliveries, endpoints, events
from analytics.alerts.channels import NO_APPRISE
from analytics.alerts.events import Event
from analytics.alerts.kinds import NAMES
from analytics.alerts.lane import Lane
from ingest.config import ConfigError

PAGE = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


EXAMPLES: dict[str, dict[str, Any]] = {each["type"]: each for each in map(json.loads, blocks("json"))}


def tell(work: Lane, data: Path, tries: int) -> None:
    """Nudge until so many attempts are logged; bounded by the tests' own timeout."""
    while len(deliveries.log(data)) < tries:
        work.nudge()
        work.join(0.01)
    work.stop()
    work.join(5)


def test_every_event_has_an_example_and_a_line_in_the_table():
    assert set(EXAMPLES) == set(NAMES)
    assert set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", PAGE, re.MULTILINE)) == set(NAMES)


def test_the_receiver_of_the_page_takes_an_event_once_and_refuses_a_forger(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    with Target() as target:
        endpoint = to(tmp_path, target)
        note(tmp_path, 1)
        tell(lane(tmp_path, endpoint), tmp_path, 1)
    (got,) = target.got
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(blocks("python")[0].replace("whsec_…", endpoint.secrets[0]), names)  # noqa: S102 (the page's own lines)
    client = names["app"].test_client()
    for _ in range(2):
        assert client.post("/whichad", data=got.body, headers=dict(got.headers)).status_code == 204
    assert capsys.readouterr().out == "sender.silent Number 0.\n"
    names["app"].testing = True
    with pytest.raises(Exception, match="signature"):
        client.post("/whichad", data=got.body.replace(b"0", b"1"), headers=dict(got.headers))


@pytest.fixture(scope="module")
def pager(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page's package, installed into a folder of its own as pip does it, without the network."""
    folder, site = tmp_path_factory.mktemp("pager"), tmp_path_factory.mktemp("site")
    (folder / "pyproject.toml").write_text(blocks("toml")[0])
    (folder / "whichad_pager.py").write_text(blocks("python")[1])
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-build-isolation",
         "--target", str(site), str(folder)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return site


def test_a_channel_of_ones_own_is_installed_named_and_tried_again(
    pager: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    with pytest.raises(ConfigError, match="no channel 'pager'"):
        channels.channel_of("https://pager.example.com/x", "pager")
    monkeypatch.syspath_prepend(str(pager))
    assert channels.channel_of("https://pager.example.com/x", "pager") == "pager"
    with Target(answers(500, 200)) as target:
        endpoint = endpoints.add(tmp_path, "on call", target.url, "pager")
        (event,) = note(tmp_path, 1)
        tell(lane(tmp_path, endpoint), tmp_path, 2)
    assert [body(got) for got in target.got] == [{"key": event.id, "text": "sender.silent: Number 0."}] * 2
    last, first = deliveries.log(tmp_path)
    assert (first.ok, "HTTPError" in first.said, last.ok, last.said) == (False, True, True, "ok")
    assert endpoint.secrets == ()


def test_a_channel_that_is_gone_is_an_attempt_that_failed_and_says_so(tmp_path: Path):
    endpoint = endpoints.add(tmp_path, "on call", "https://pager.example.com/x", "pager")
    note(tmp_path, 1)
    tell(lane(tmp_path, endpoint), tmp_path, 1)
    assert "'pager' is not installed any more" in deliveries.log(tmp_path)[-1].said


def test_apprise_tells_over_its_own_channels_and_a_failure_is_tried_again(tmp_path: Path):
    with Target(answers(500, 200)) as target:
        address = f"json://127.0.0.1:{target.port}/hook"
        assert channels.channel_of(address, None) == "apprise"
        endpoint = endpoints.add(tmp_path, "team", address, "apprise")
        note(tmp_path, 1)
        tell(lane(tmp_path, endpoint), tmp_path, 2)
    assert body(target.got[1])["message"] == "Number 0."
    assert [each.ok for each in deliveries.log(tmp_path)] == [True, False]
    assert all("webhook-id" not in got.headers for got in target.got)


def test_an_ads_text_calls_nobody(tmp_path: Path):
    with Target() as target:
        address = f"json://127.0.0.1:{target.port}/hook"
        endpoint = endpoints.add(tmp_path, "team", address, "apprise")
        made = Event("evt_1", "alerts.test", "r", "s", 1, None, "“<!channel> @everyone” is cut now", {})
        events.note(tmp_path, events.Step([made]), 1)
        tell(lane(tmp_path, endpoint), tmp_path, 1)
    said = body(target.got[0])["message"]
    assert "<" not in said and "@everyone" not in said and "is cut now" in said


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("json://127.0.0.1:9/", "private network"),
        ("jsons://10.0.0.1/", "private network"),
        ("nonsense", "does not know"),
    ],
)
def test_an_address_of_apprise_that_posts_anywhere_is_held_to_the_same_networks(address: str, said: str):
    with pytest.raises(ConfigError, match=said):
        channels.check_address("apprise", address, ())


def test_without_apprise_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ConfigError, match=re.escape(NO_APPRISE)):
        channels.check_address("apprise", "slack://a/b/c", ())
