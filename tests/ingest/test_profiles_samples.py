"""This module owns the promises of samples: what a profile's own sample becomes, and that its door takes it."""

import json
from pathlib import Path
from typing import Any

import pytest
from postbacks import UNIX, digest, sample, visitor

from ingest.auth import sign, verifier
from ingest.profile import profile
from ingest.senders.send_test import filled

AT = {"occurred_at": "2026-11-23 09:00:00", "stated_at": "2026-11-23 09:00:00"}
MONEY = {"revenue": "12.5", "revenue_stage": "final"}
AD = {"campaign_id": "2384", "ad_id": "1202"}
TRACKER = "Facebook::SUV US (2384)::Couples (7)::Used SUVs v3 (1202)"
# A list stands for the digest of it, and a visitor for the hash of one.
ITEMS: dict[str, dict[str, Any]] = {
    "system1": AD | {
        "type": "landing_view", "id": "impression:c-@N@", "click_id": "c-@N@",
        "creative_raw": "Used SUVs 2026", "network": "facebook",
    },
    "ads_com": {
        "type": "ad_click", "id": ["c-@N@", "v-@N@", *[None] * 8],
        "transaction_id": ["c-@N@", "v-@N@", *[None] * 8], "click_id": "c-@N@",
        "creative_raw": "Used SUVs of 2026", "network": "facebook", "placement": "feed",
        "revenue": "0.42", "revenue_stage": "estimated", "properties": {"subid1": "2384"},
    },
    "admedia": {
        "type": "ad_click", "id": ["c-@N@", str(UNIX), "used suv"], "click_id": "c-@N@", "term": "used suv",
        "properties": {"subid1": "2384"},
    },
    "keitaro": AD | MONEY | {
        "type": "conversion", "conversion_kind": "purchase", "id": "c-@N@:1", "transaction_id": "c-@N@:1",
        "click_id": "c-@N@", "click_ids": {"external_id": "x-@N@"}, "network": "facebook", "country": "US",
        "device": "mobile",
    },
    "binom": MONEY | {
        "type": "conversion", "conversion_kind": "purchase", "id": "c-@N@", "click_id": "c-@N@",
        "click_ids": {"external_id": "x-@N@"}, "country": "US",
    },
    "clickflare": MONEY | {
        "type": "conversion", "conversion_kind": "purchase", "id": ["c-@N@", None, "t-@N@", None],
        "transaction_id": "c-@N@:t-@N@", "click_id": "c-@N@", "click_ids": {"external_id": "x-@N@"},
        "country": "US", "device": "mobile", "offer_id": "140",
    },
    "funnelflux": MONEY | {
        "type": "conversion", "conversion_kind": "purchase", "id": ["h-@N@", "main"],
        "transaction_id": "h-@N@:main", "click_id": "h-@N@", "network": "facebook", "ad_id": "1202",
    },
    "adjust": AD | MONEY | {
        "type": "conversion", "conversion_kind": "purchase", "adset_id": "7", "network": "facebook",
        "id": ["event", str(UNIX), "bkrfgq", "Purchase", "a-@N@", *[None] * 6, "12.50", TRACKER],
        "campaign_name": "SUV US (2384)", "ad_name": "Used SUVs v3 (1202)", "country": "US", "device": "phone",
        "visitor": "a-@N@",
        "properties": {"event": "bkrfgq", "tracker_name": TRACKER},
    },
    "branch": AD | MONEY | {
        "type": "conversion", "conversion_kind": "purchase", "transaction_id": "t-@N@", "adset_id": "7",
        "id": ["test-@N@", "PURCHASE", f"{UNIX}000", None, "t-@N@", "12.5", "v-@N@", *[None] * 7],
        "network": "facebook", "campaign_name": "SUV US", "ad_name": "Used SUVs v3", "country": "US", "device": "ios",
        "creative_raw": "Used SUVs of 2026", "visitor": "v-@N@", "properties": {"event": "PURCHASE"},
    },
    "singular": MONEY | {
        "type": "conversion", "conversion_kind": "purchase", "network": "facebook", "campaign_id": "2384",
        "id": ["__IAP__", str(UNIX), "com.example.suvs", "Android", "a-@N@", *[None] * 7, "12.5", None],
        "campaign_name": "SUV US", "placement": "Instagram", "country": "US", "device": "android", "visitor": "a-@N@",
        "properties": {"app": "com.example.suvs", "is_organic": 0, "is_viewthrough": 0},
    },
    "meta_capi": AD | MONEY | {
        "type": "conversion", "conversion_kind": "purchase", "id": "Purchase:test-@N@", "transaction_id": "o-@N@",
        "click_ids": {"fbclid": "IwAR-@N@"}, "visitor": "v-@N@", "creative_raw": "Used SUVs of 2026",
        "landing_page": "https://shop.example/thanks", "repeats": "ignore",
        "properties": {"action_source": "website", "event_name": "Purchase"},
    },
    "tiktok_events": AD | MONEY | {
        "type": "conversion", "conversion_kind": "purchase", "id": "PIXEL1:CompletePayment:test-@N@",
        "transaction_id": "o-@N@", "click_ids": {"ttclid": "tt-@N@"}, "visitor": "v-@N@",
        "creative_raw": "Used SUVs of 2026", "landing_page": "https://shop.example/thanks", "repeats": "ignore",
        "properties": {"event": "CompletePayment", "event_source": "web", "event_source_id": "PIXEL1"},
    },
    "google_ad_events": AD | {
        "type": "click", "id": "9:test-@N@", "account_id": "9", "adset_id": "7", "campaign_name": "SUV US",
        "network": "facebook", "placement": "feed", "country": "US", "device": "mobile",
        "properties": {"event_subtype": "EVENT_SUBTYPE_OUTBOUND_CLICK", "medium": "paid_social", "region": "US-CA"},
    },
    "typeform_leads": {
        "type": "conversion", "conversion_kind": "lead", "id": "test-@N@", "click_id": "c-@N@", "ad_id": "1202",
        "ad_name": "Used SUVs v3", "campaign_name": "SUV US", "network": "facebook",
        "creative_raw": "Used SUVs of 2026", "properties": {"form_id": "suv1", "form_title": "Test drive"},
    },
}  # fmt: skip
SECRET = "a-token-that-nobody-can-guess-1234"


@pytest.mark.parametrize("name", ITEMS)
def test_a_sample_becomes_exactly_its_item(name: str, tmp_path: Path):
    found, number = sample(tmp_path, name)
    wanted = json.loads(json.dumps(ITEMS[name] | AT).replace("@N@", number))
    wanted |= {field: digest(*parts) for field, parts in wanted.items() if isinstance(parts, list)}
    if "visitor" in wanted:
        wanted["visitor"] = visitor(wanted["visitor"])
    assert found == wanted


@pytest.mark.parametrize("name", ITEMS)
def test_a_signed_sample_passes_the_door_and_leaves_its_token_there(name: str):
    found = profile(name)
    request = sign(found.auth, SECRET, filled(found.sample, UNIX), "msg_1", UNIX)
    taken = verifier(found.auth, [SECRET]).verify(request, UNIX)
    assert taken.suffix in ("", *found.suffixes)
    assert found.auth.scheme == "hmac" or SECRET not in repr(taken)


@pytest.mark.parametrize("name", ITEMS)
def test_a_profile_says_what_proved_it_and_what_did_not(name: str):
    found = profile(name)
    assert found.confirmed and found.unconfirmed and found.docs and found.setup
    assert found.revenue is not None and found.revenue.means and found.revenue.final_from
    assert {rule.type for rule in found.items} <= {*found.steps, "ignore", "revenue", "refund"}
