"""This module owns what privacy promises: ids are keyed hashes, addresses and agents stay in raw bodies."""

import json
import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from forgetting import CLICK, DAY, KEY, WHO, House, holding, others, theirs
from journaling import NOW, Desk, click
from running import ROOT, SECRET, Ingest

from analytics.build import Inputs, build
from analytics.config import AnalyticsSettings
from analytics.publish import publish
from ingest.archive.settings import Retention
from ingest.archive.upkeep import Upkeep
from ingest.door.request import Request
from ingest.journal import segments
from ingest.profile import names, profile
from ingest.segments.segment import SegmentReader
from ingest.senders.send_test import filled
from ingest.store import Record, drain
from ingest.visitors.key import visitor_hash

ADDRESS, AGENT = "203.0.113.77", "PrivateAgent/7.7 (Their Phone)"
PRIVATE = {"ip": ADDRESS, "ip_address": ADDRESS, "client_ip": ADDRESS, "user_agent": AGENT, "ua": AGENT}
HEADERS = {"x-forwarded-for": ADDRESS, "forwarded": f"for={ADDRESS}", "x-real-ip": ADDRESS, "user-agent": AGENT}
TOKEN = "token-that-nobody-may-read"


def with_private(request: Request) -> Request:
    """A sample whose sender also says who that was."""
    if request.method == "GET":
        query = f"{request.query}&ip={ADDRESS}&user_agent=PrivateAgent/7.7"
        return Request("GET", b"", request.headers | HEADERS, query)
    value = json.loads(request.body)
    for each in value if isinstance(value, list) else [value]:
        each.update(PRIVATE)
    return Request("POST", json.dumps(value).encode(), request.headers | HEADERS, request.query, request.suffix)


def strings(value: Any) -> Iterator[str]:
    """Every scalar in a JSON value, as text."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)
    else:
        yield str(value)


@pytest.mark.parametrize("name", names())
def test_no_address_agent_or_visitor_id_leaves_the_raw_body(tmp_path: Path, name: str):
    request = filled(profile(name).sample, NOW.timestamp())
    with Desk(tmp_path, profile=name) as desk:
        passage = desk.put(with_private(request) if request.query or request.body[:1] in b"{[" else request)
    delivery = passage.delivery
    assert delivery is not None
    beside = f"{delivery.items} {delivery.request} {delivery.message_id}"
    assert ADDRESS not in beside and "PrivateAgent" not in beside
    hashes = {item.visitor for item in passage.accepted if getattr(item, "visitor", None)}
    is_json = request.body[:1] in (b"{", b"[")
    sent = [*strings(json.loads(request.body))] if is_json else re.findall(r"[^=&?]+", request.query)
    raw = [each for each in sent if hashed(each) in hashes]
    assert len(raw) >= len(hashes)
    assert not any(f'"{each}"' in delivery.items for each in raw if each not in delivery.message_id)


def hashed(visitor: str) -> str:
    """A visitor's hash under the desk's key."""
    return visitor_hash(KEY, visitor)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    """A door that took what names a person in every way, loaded and archived."""
    folder = tmp_path_factory.mktemp("privacy")
    senders = {"shop": {}, "sdk": {"profile": "segment_track"}, "pixel": {"profile": "tonic", "secrets": [TOKEN]}}
    with Ingest(folder, senders) as ingest:
        item = click("e1", visitor_id=WHO, click_id=CLICK, **PRIVATE) | {"occurred_at": 1_790_000_000}
        ingest.post([item], headers=HEADERS)
        ingest.post([item | {"id": "e2", "consent": "denied", "session_id": "s-2", "click_ids": {"fbclid": "f-denied"},
                     "click_id": "c-denied", "visitor_id": "v-denied"}], headers=HEADERS)  # fmt: skip
        ingest.post([{**item, "id": "e3", "type": "nonsense"}], headers=HEADERS)
        ingest.request("POST", "/webhooks/shop", b"{}", HEADERS | {"webhook-signature": f"v1,{TOKEN}"})
        private = f"user_agent=PrivateAgent/7.7&ip={ADDRESS}"
        ingest.request("GET", f"/webhooks/pixel?token={TOKEN}&subid1=x&{private}", None, HEADERS)
        ingest.request("GET", f"/webhooks/pixel?token=wrong-{TOKEN}", None, HEADERS)
        with Record(ingest.settings.record_path) as record:
            drain(record, ingest.settings.journal_dir)
            Upkeep(ingest.settings.data_dir, Retention()).seal(record.connection, DAY)
        yield ingest


def test_addresses_and_agents_stand_nowhere_but_in_raw_bodies(served: Ingest):
    found = holding(served.log.parent, (ADDRESS, "PrivateAgent"))
    assert found and all(each.startswith("data/journal/") for each in found)
    for path in segments(served.settings.journal_dir):
        with SegmentReader(path) as reader:
            for row in reader.after(0, 100):
                assert "PrivateAgent" not in f"{row.delivery.items}{row.delivery.request}"
                assert ADDRESS not in f"{row.delivery.items}{row.delivery.request}"


def test_a_visitor_is_a_keyed_hash_everywhere_else(served: Ingest):
    assert all(each.startswith("data/journal/") for each in holding(served.log.parent, (WHO,)))
    (visitor,) = served.query("select distinct visitor from interactions where id = 'e1'")[0]
    assert re.fullmatch(r"[0-9a-f]{32}", visitor)


def test_denied_consent_drops_ids_at_the_door(served: Ingest):
    rows = served.query("select visitor, click_id, click_ids, consent from interactions where id = 'e2'")
    assert rows == [(None, None, None, "denied")]
    found = holding(served.log.parent, ("v-denied", "f-denied", "c-denied"))
    assert all(each.startswith("data/journal/") for each in found)


def test_bodies_are_shown_without_what_is_private(served: Ingest):
    rows = served.query("select delivery_id from quarantine")
    shown = [
        served.run("tail", "--raw", "--format", "json"), served.run("quarantine", "show", rows[0][0]),
        served.run("quarantine", "--format", "json"), served.run("why", rows[0][0]), served.run("why", "e1"),
    ]  # fmt: skip
    assert all(each.returncode == 0 for each in shown), [each.stderr for each in shown]
    assert not any(WHO in each.stdout + each.stderr for each in shown)


def test_secrets_and_tokens_are_in_no_file_and_no_log(served: Ingest):
    log = served.log.read_text(encoding="utf-8")
    assert SECRET not in log and TOKEN not in log and ADDRESS not in log and WHO not in log
    assert holding(served.settings.data_dir, (TOKEN, SECRET)) == []


def test_journal_archive_and_key_are_private_to_their_owner(served: Ingest):
    data = served.settings.data_dir
    paths = [each for folder in (data / "journal", data / "archive") for each in (folder, *folder.rglob("*"))]
    for path in paths:
        wanted = 0o700 if path.is_dir() else 0o600
        assert path.is_symlink() or (path.name, oct(stat.S_IMODE(path.stat().st_mode))) == (path.name, oct(wanted))
    assert stat.S_IMODE((data / "visitor.key").stat().st_mode) == 0o600


def test_what_is_published_holds_no_visitor_click_or_session(tmp_path: Path):
    house = House(tmp_path)
    house.desk.post(*theirs())
    house.desk.post(*others(1))
    house.desk.load()
    settings = AnalyticsSettings(base_dir=tmp_path, data_dir=house.data_dir)
    inputs = Inputs(datetime(2026, 11, 24, tzinfo=UTC).replace(tzinfo=None), settings)
    before = marts(house, settings, inputs)
    texts = " ".join(str(row) for rows in before.values() for row in rows)
    visitors = [row[0] for row in house.desk.query("select visitor from interactions where visitor is not null")]
    assert visitors and not any(each in texts for each in (*visitors, WHO, CLICK, "session-of-one", "order-100731"))
    house.forget()
    assert not settings.work_path.exists()
    house.desk.load()
    assert marts(house, settings, inputs) == before


TABLES = "select schema_name || '.' || table_name from duckdb_tables()"


def marts(house: House, settings: AnalyticsSettings, inputs: Inputs) -> dict[str, list[tuple[Any, ...]]]:
    """Every published table, row by row, but for when it was built."""
    build(settings.work_path, house.desk.record_path, inputs)
    publish(settings.work_path, settings.published_link, inputs.as_of)
    with duckdb.connect(str(settings.published_link.resolve()), read_only=True) as connection:
        names = [row[0] for row in connection.execute(TABLES).fetchall()]
        return {name: sorted(connection.execute(f"select * from {name}").fetchall(), key=repr) for name in names
                if name.removeprefix("main.") not in ("freshness", "data_quality", "sender_activity")}  # fmt: skip


def test_every_setting_of_the_retention_and_every_table_is_in_the_page_on_privacy():
    page = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
    assert [name for name in Retention.model_fields if name != "seal_minutes" and f"`{name}`" not in page] == []
    files = ("journal", "interactions.duckdb", "archive", "work.duckdb", "published", "relay.sqlite", "visitor.key")
    assert [name for name in files if name not in page] == []
