"""This module owns the promises of observation on the whole product: what it counts, and what is written of it."""

import http.client
import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from product import Product, http_status
from prometheus_client.parser import text_string_to_metric_families
from relaying import Target
from running import ROOT, SECRET, signed

from analytics.demo import free_port
from analytics.status.cycle import STATUS_FILE
from analytics.verify import VERIFY_FILE
from ingest.canary.sender import canary_secret
from ingest.counting import measured

PAGE = (ROOT / "docs" / "observing.md").read_text(encoding="utf-8")
# Nothing of a sound product makes these: a check that fails, a page that breaks.
OF_FAILURES = {"whichad_checks_failed_total", "whichad_dashboard_errors_total"}
CONFIG = """\
data_dir = "data"
[ingest]
port = {port}
admin_port = {admin_port}
workers = 2
free_bytes_min = 0
[dashboard]
port = {dashboard}
[refresh]
every_seconds = 0.3
[canary]
every_seconds = 0.5
[logs]
format = "json"
level = "debug"
[senders.shop]
secrets = ["{secret}"]
strict = false
relay_to = "{relay_to}"
"""
CLICK = {"id": "1", "type": "click", "occurred_at": "2025-11-23T08:00:00Z", "referrerAdCreative": "Quiet SUVs"}


class Running(Product):
    """The product under observation."""

    receipt = ""
    dashboard_port = 0

    def post(self, content: object, secret: str = SECRET) -> tuple[int, str]:
        """A signed delivery: the answer's status and its receipt."""
        body = json.dumps(content).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("POST", "/webhooks/shop", body, signed(body, secret))
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status, answer.headers.get("Whichad-Receipt", "")

    def scraped(self) -> dict[str, tuple[str, dict[tuple[tuple[str, str], ...], float]]]:
        """A scrape: the name of each family as a query writes it → its type, its samples by labels."""
        connection = http.client.HTTPConnection("127.0.0.1", self.settings.ingest.admin_port, timeout=30)
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        connection.close()
        found = {}
        for family in text_string_to_metric_families(text):
            name = family.name + ("_total" if family.type == "counter" else "")
            kept = name + "_count" if family.type == "histogram" else name
            samples = {tuple(sorted(s.labels.items())): s.value for s in family.samples if s.name == kept}
            found[name] = family.type, samples
        return found

    def value(self, name: str, **labels: str) -> float:
        """One sample; 0 where there is none. Of a histogram it is the count."""
        return self.scraped().get(name, ("", {}))[1].get(tuple(sorted(labels.items())), 0.0)

    def ask_dashboard(self, path: str) -> int:
        """The status of one of its pages."""
        with suppress(OSError):
            return http_status(self.dashboard_port, path)
        return 0


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Everything runs, and of everything something happened: taken, twice, unusable, forged, relayed, given up."""
    folder = tmp_path_factory.mktemp("observed")
    with Target(lambda got: (410, {}) if b"unwanted" in got.body else (200, {})) as target:
        ports = {name: free_port(0) for name in ("port", "admin_port", "dashboard")}
        text = CONFIG.format(secret=SECRET, relay_to=target.url, **ports)
        (folder / "whichad.toml").write_text(text, encoding="utf-8")
        with Running(folder) as running:
            running.dashboard_port = ports["dashboard"]
            running.start("whichad", "up")
            running.wait_for(running.answers, "ingest to answer")
            running.wait_for(lambda: bool(running.pids("relay")), "the relay to run")
            running.receipt = running.post(CLICK)[1]
            running.post(CLICK)
            running.post([CLICK | {"id": "2"}, {"id": "bad", "type": "click", "occurred_at": "soon"}])
            running.post(CLICK | {"id": "unwanted"})
            assert running.post(CLICK, "whsec_dGVzdHMtb3duLXRoaXMtc2VjcmV0LTMyLWJ5dGVzPz8=")[0] == 401
            running.wait_for(lambda: running.there()["unwanted"] == 1, "the loop to load")
            running.wait_for(lambda: running.ask_dashboard("/") == 200, "the dashboard to answer")
            os.kill(running.pids("worker")[0], signal.SIGKILL)
            yield running


def table() -> dict[str, tuple[str, tuple[str, ...]]]:
    """What the page says: name → type, labels."""
    rows = re.findall(r"^\| `(whichad_\w+)` \| (\w+) \|([\w, ]*)\|", PAGE, re.MULTILINE)
    return {name: (kind, tuple(re.findall(r"\w+", labels))) for name, kind, labels in rows}


def test_every_metric_is_written_down_with_its_type_and_labels_and_none_is_invented(product: Running):
    assert product.whichad("verify").returncode in (0, 1)
    assert product.whichad("backup", str(product.folder / "backup.tar")).returncode == 0
    documented = table()

    def complete() -> bool:
        return set(documented) - OF_FAILURES <= set(product.scraped())

    with suppress(AssertionError):
        product.wait_for(complete, "every metric to be there", 20)
    found = product.scraped()
    assert set(documented) - set(found) <= OF_FAILURES
    for name, (kind, samples) in found.items():
        labels = next(iter(samples), ())
        said = documented.get(name)
        assert said is not None, f"{name} is in a scrape and not in docs/observing.md"
        assert (said[0], set(said[1]) if samples else set()) == (kind, {label for label, _ in labels}), name


def test_the_processes_add_up_in_one_scrape(product: Running):
    expected = {
        ("whichad_items_total", (("result", "accepted"), ("sender", "shop"))): 4,
        ("whichad_items_total", (("result", "quarantined"), ("sender", "shop"))): 1,
        ("whichad_loaded_items_total", (("result", "accepted"), ("sender", "shop"))): 3,
        ("whichad_loaded_items_total", (("result", "duplicate"), ("sender", "shop"))): 1,
        ("whichad_loaded_items_total", (("result", "quarantined"), ("sender", "shop"))): 1,
        ("whichad_refusals_total", (("code", "signature_wrong"), ("sender", "shop"))): 1,
        ("whichad_outgoing_total", (("kind", "relay"), ("result", "delivered"))): 3,
        ("whichad_outgoing_total", (("kind", "relay"), ("result", "given_up"))): 1,
        ("whichad_relay_given_up", (("sender", "shop"),)): 1,
        ("whichad_relay_waiting", (("sender", "shop"),)): 0,
    }

    def found() -> dict[object, float | None]:
        scraped = product.scraped()
        return {key: scraped.get(key[0], ("", {}))[1].get(key[1]) for key in expected}

    with suppress(AssertionError):
        product.wait_for(lambda: found() == expected, "all to be counted", 20)
    assert found() == expected
    restarts = "whichad_restarts_total"
    product.wait_for(lambda: sum(product.scraped()[restarts][1].values()) == 1, "the restart to be counted")
    assert product.value("whichad_dashboard_seconds", page="document", panel="") >= 1
    assert product.value("whichad_published_age_seconds") < 120
    assert product.value("whichad_cycle_ok") == 1


def test_a_loop_that_is_killed_goes_on_counting_where_it_was(product: Running):
    def cycles() -> float:
        return product.value("whichad_cycle_seconds", outcome="ok")

    before = cycles()
    assert before > 0
    os.kill(product.pids("refresh")[0], signal.SIGKILL)
    product.wait_for(lambda: cycles() > before, "the loop to go on")
    assert product.value("whichad_build_seconds", kind="full") >= 2  # each loop begins with one


def test_the_canary_is_answered_and_visible_and_counts_nowhere(product: Running):
    versions = product.status()["version"]
    before = product.value("whichad_canary_visible_seconds", part="refresh")
    product.wait_for(
        lambda: product.value("whichad_canary_visible_seconds", part="refresh") > before, "a canary to be visible"
    )
    assert product.value("whichad_canary_answer_seconds") > 0
    assert product.value("whichad_deliveries_total", sender="shop", disposition="accepted") == 4
    assert product.value("whichad_deliveries_total", sender="", disposition="accepted") == 0
    assert product.status()["version"] == versions  # nothing new, nothing published
    assert sum(product.there().values()) == 3


def test_ingest_reads_what_analytics_writes_by_its_own_names(product: Running):
    """It stands beneath analytics and cannot import them."""
    assert (measured.STATUS, measured.VERIFIED) == (STATUS_FILE, VERIFY_FILE)
    assert product.settings.published_link.name == measured.PUBLISHED


def test_a_torn_file_of_counts_costs_its_own_counts_only(product: Running):
    torn = product.data / "run" / "metrics" / "counter_torn.db"
    for content in (b"", b"\xff" * 64, b"\x40\x00\x00\x00\x00\x00\x00\x00" + b"\x30\x00\x00\x00" + b"x" * 60):
        torn.write_bytes(content)
        assert product.value("whichad_items_total", sender="shop", result="quarantined") == 1
    torn.unlink()


def lines(product: Running) -> list[dict[str, Any]]:
    """The log so far; a line that is just being written is left out."""
    return [json.loads(line) for line in product.logged().split("\n")[:-1]]


def test_one_delivery_is_followed_through_the_log_from_its_receipt_to_the_version_that_shows_it(product: Running):
    delivery_id = next(each["delivery_id"] for each in lines(product) if each["event"] == "accepted")
    assert product.receipt.startswith(delivery_id)
    (door,) = [each for each in lines(product) if each.get("delivery_id") == delivery_id and each["part"] == "ingest"]
    assert (door["event"], door["level"], door["sender"], door["accepted"]) == ("accepted", "debug", "shop", 1)
    loaded = [each for each in lines(product) if each.get("delivery_id") == delivery_id and each["part"] == "refresh"]
    assert [each["event"] for each in loaded] == ["loaded_delivery"]
    load_id = loaded[0]["load_id"]
    (load,) = [each for each in lines(product) if each["event"] == "loaded" and each["load_id"] == load_id]
    assert load["first"] <= delivery_id <= load["last"]

    def shown() -> list[str]:
        published = [each for each in lines(product) if each["event"] == "published" and each["load_id"] >= load_id]
        return [each["version"] for each in published]

    first = product.wait_for(shown, "the version to be published")[0]
    assert first <= product.status()["version"]
    times = [door["time"], loaded[0]["time"]]
    assert times == sorted(times)


def test_every_line_of_every_part_is_one_object_and_holds_no_secret(product: Running):
    def parts() -> bool:
        return {"whichad", "ingest", "refresh", "relay", "dashboard"} <= {each["part"] for each in lines(product)}

    product.wait_for(parts, "every part to have said something")
    for each in lines(product):
        assert list(each)[:4] == ["time", "level", "part", "event"] and each["event"] and each["time"].endswith("Z")
    (refused,) = [each for each in lines(product) if each["event"] == "refused"]
    assert (refused["code"], refused["sender"], refused["level"]) == ("signature_wrong", "shop", "info")
    (quarantined,) = [each for each in lines(product) if each["event"] == "quarantined"]
    assert (quarantined["accepted"], quarantined["quarantined"], quarantined["reasons"]) == (1, 1, ["bad_time"])
    ended = [each for each in lines(product) if "ended with -9" in each["event"]]
    assert ended and ended[0]["level"] == "error"
    for secret in (SECRET, canary_secret(product.data), "Quiet SUVs", "webhook-signature"):
        assert secret not in product.logged()
