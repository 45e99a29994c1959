"""This module owns what holds for every profile that a client or a document proves: sample, words, privacy."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from journaling import NOW, Desk
from platforms import said, sample, verdicts

from ingest.bodies.cloudevents import events
from ingest.bodies.redaction import redacted
from ingest.door.request import Request

SAMPLES: dict[str, dict[str, Any]] = {
    "cloudevents": {"type": "click", "network": "facebook", "ad_id": "1202"},
    "segment_track": {"type": "conversion", "conversion_kind": "purchase", "revenue": Decimal("12.5")},
    "shopify_orders": {"type": "conversion", "conversion_kind": "purchase", "revenue": Decimal(403), "ad_id": "1202"},
    "stripe_payments": {"type": "conversion", "conversion_kind": "purchase", "revenue": Decimal("12.5")},
    "meta": {"type": "conversion", "conversion_kind": "lead", "ad_id": "1202", "network": "facebook"},
    "tonic": {"type": "click", "creative_raw": "Used SUVs 2026", "offer_id": "140"},
    "voluum": {"type": "conversion", "conversion_kind": "lead", "revenue": Decimal("1.25")},
    "redtrack": {"type": "conversion", "conversion_kind": "lead", "revenue": Decimal("1.25")},
    "appsflyer": {
        "type": "conversion",
        "conversion_kind": "purchase",
        "revenue": Decimal("12.5"),
        "network": "facebook",
    },
}
PERSONAL = "test@example.com"


@pytest.mark.parametrize("name", SAMPLES)
def test_the_sample_is_one_item_of_test_traffic_and_its_retry_is_none(tmp_path: Path, name: str):
    _, request = sample(name)
    with Desk(tmp_path, profile=name) as desk:
        first, retry = desk.put(request), desk.put(request)
        [found] = said(first)
        assert {field: found.get(field) for field in SAMPLES[name]} == SAMPLES[name]
        assert (found["traffic"], first.quarantined, retry.quarantined) == ("test", [], [])
        assert verdicts(desk) == {"rows": 1, "conflicts": 0}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_profile_says_what_proves_it_and_how_to_set_it_up(name: str):
    found, _ = sample(name)
    assert found.confirmed and found.docs and found.steps and found.revenue and len(found.setup) > 80
    text = Path(f"ingest/profiles/{name}.toml").read_text(encoding="utf-8")
    assert re.match(rf"# {name}: \S.*\n\ntitle = ", text)


@pytest.mark.parametrize("name", ["shopify_orders", "stripe_payments"])
def test_a_body_that_is_shown_has_no_address(name: str):
    found, request = sample(name)
    assert PERSONAL in request.body.decode()
    assert PERSONAL not in json.dumps(redacted(json.loads(request.body), found.redact))


@pytest.mark.parametrize("name", ["tonic", "voluum", "redtrack"])
def test_the_address_to_paste_fills_every_field_of_the_sample(tmp_path: Path, name: str):
    """What stands in `url` with its macros replaced is read as the sample is."""
    found, request = sample(name)
    given = dict(pair.split("=", 1) for pair in request.query.split("&"))
    filled = "&".join(
        f"{key}={given.get(key, macro)}" for key, macro in (p.split("=", 1) for p in found.url.split("&"))
    )
    with Desk(tmp_path, profile=name) as desk:
        [one], [other] = said(desk.put(request)), said(desk.put(Request("GET", b"", request.headers, filled)))
    assert one == other


def test_a_sample_s_envelope_is_what_the_specification_asks_for():
    _, request = sample("cloudevents")
    [event] = events(request, request.headers["content-type"], "", 1 << 20, 10)
    assert {"id", "source", "specversion", "type"} <= set(event)
    assert event["time"].startswith(f"{NOW:%Y-%m-%dT%H:%M}")
