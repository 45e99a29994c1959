"""This module owns the promises of meta, appsflyer, cloudevents and segment_track: their fields become ours."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from journaling import NOW, Desk
from platforms import got, iso, later, money, posted, said, unix, verdicts

LEAD = {"leadgen_id": 9007199254740993, "page_id": "9007199254740995", "form_id": 9007199254740997, "ad_id": "1202",
        "adgroup_id": "1202", "created_time": unix()}  # fmt: skip
INSTALL = {
    "event_name": "install", "event_time": "2026-11-23 08:59:00.123", "appsflyer_id": "168-1",
    "media_source": "Facebook Ads", "campaign": "SUV", "af_c_id": "2384", "af_adset_id": "7", "af_ad": "v3",
    "af_ad_id": "1202", "af_channel": "Instagram",
    "country_code": "US", "ip": "203.0.113.9", "platform": "android", "conversion_type": "Install",
    "original_url": "https://app.appsflyer.com/com.example?pid=x&clickid=c-9&rac=Quiet%20SUVs",
}  # fmt: skip


def meta(*changes: dict[str, Any]) -> dict[str, Any]:
    return {"object": "page", "entry": [{"id": "9007199254740995", "time": unix(), "changes": list(changes)}]}


def times(found: dict[str, Any]) -> tuple[datetime, datetime]:
    return found.pop("occurred_at"), found.pop("stated_at")


def test_a_lead_of_meta_is_a_conversion_of_its_ad_with_exact_numbers(tmp_path: Path):
    with Desk(tmp_path, profile="meta") as desk:
        [found] = said(posted(desk, meta({"field": "leadgen", "value": LEAD})))
    assert times(found) == (NOW.replace(tzinfo=None),) * 2
    assert found == {
        "type": "conversion", "id": "9007199254740993", "conversion_kind": "lead", "network": "facebook",
        "ad_id": "1202", "currency": "USD", "properties": {"form_id": 9007199254740997, "page_id": "9007199254740995"},
    }  # fmt: skip


def test_meta_s_batch_gives_every_lead_and_ignores_the_rest_by_name(tmp_path: Path):
    other = {"field": "feed", "value": {"item": "status"}}
    leads = [{"field": "leadgen", "value": LEAD | {"leadgen_id": number}} for number in (1, 2)]
    leads.append({"field": "leadgen", "value": LEAD | {"leadgen_id": "444444444444"}})
    body = meta(leads[0], other, leads[1], leads[2])
    body["entry"].append({"id": "1", "time": unix(), "messaging": [{"timestamp": 1, "message": {"text": "hi"}}]})
    with Desk(tmp_path, profile="meta") as desk:
        passage = posted(desk, body)
    assert [(item["id"], item.get("traffic")) for item in said(passage)] == [
        ("1", None), ("2", None), ("444444444444", "test"),
    ]  # fmt: skip
    assert (passage.ignored, passage.quarantined) == (2, [])


def test_an_install_of_appsflyer_is_a_conversion_with_its_ad(tmp_path: Path):
    with Desk(tmp_path, profile="appsflyer") as desk:
        [found] = said(posted(desk, INSTALL))
        assert found.pop("visitor") and len(found.pop("id")) == 32
        assert times(found)[0] == datetime(2026, 11, 23, 8, 59, 0, 123000)  # noqa: DTZ001
        assert found == {
            "type": "conversion", "conversion_kind": "install", "network": "facebook", "campaign_id": "2384",
            "campaign_name": "SUV", "adset_id": "7", "ad_id": "1202", "ad_name": "v3", "placement": "Instagram",
            "country": "US", "click_id": "c-9", "creative_raw": "Quiet SUVs", "currency": "USD",
            "properties": {"media_source": "Facebook Ads", "conversion_type": "Install", "platform": "android"},
        }  # fmt: skip
        posted(desk, INSTALL, at=later(1))
        assert verdicts(desk) == {"rows": 1, "conflicts": 0}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"event_revenue": "12.5", "event_revenue_currency": "EUR"}, {"revenue": Decimal("12.5"), "currency": "EUR"}),
        ({"event_value": '{"af_revenue": 12.5, "af_currency": "EUR", "af_order_id": "o-1"}'},
         {"revenue": Decimal("12.5"), "currency": "EUR", "transaction_id": "o-1"}),
        ({"event_id": "e-1"}, {"id": "e-1"}),
        ({"event_name": "af_purchase"}, {"conversion_kind": "purchase"}),
        ({"event_name": "tutorial_done"}, {"conversion_kind": "tutorial_done"}),
        ({"event_name": "re-engagement"}, {"conversion_kind": "re_engagement"}),
        ({"media_source": "bytedanceglobal_int"}, {"network": "tiktok"}),
        ({"media_source": "restricted"}, {"network": "restricted"}),
        ({"media_source": "somebody_int"}, {"network": "somebody_int"}),
        ({"event_revenue": "-3"}, {"type": "refund", "revenue": Decimal(3)}),
    ],
)  # fmt: skip
def test_what_appsflyer_s_fields_become(tmp_path: Path, more: dict[str, str], expected: dict[str, Any]):
    with Desk(tmp_path, profile="appsflyer") as desk:
        [found] = said(posted(desk, INSTALL | more))
    assert {name: found.get(name) for name in expected} == expected


def test_appsflyer_s_get_is_read_like_its_post(tmp_path: Path):
    from urllib.parse import urlencode

    with Desk(tmp_path, profile="appsflyer") as desk:
        [one], [other] = said(got(desk, urlencode(INSTALL))), said(posted(desk, INSTALL, at=later(1)))
        assert (one["id"], one["occurred_at"]) == (other["id"], other["occurred_at"])
        assert verdicts(desk) == {"rows": 1, "conflicts": 0}


CLICK = {"referrerAdCreative": "Quiet SUVs", "click_id": "c-9", "network": "fb", "weather": "fine"}
CE = {
    "specversion": "1.0",
    "id": "e/1",
    "source": "/shop",
    "type": "com.example.shop.click",
    "time": iso(),
    "data": CLICK,
}


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"content-type": "application/cloudevents+json; charset=utf-8"}, CE),
        ({"content-type": "application/cloudevents-batch+json"}, [CE]),
        ({"ce-specversion": "1.0", "ce-id": '"e%2F1"', "ce-source": "/shop", "ce-type": CE["type"], "ce-time": iso()},
         CLICK),
        ({"content-type": "application/cloudevents+json"}, CE | {"type": "x", "data": CLICK | {"type": "click"}}),
    ],
)  # fmt: skip
def test_an_event_in_every_mode_is_the_same_item(tmp_path: Path, headers: dict[str, str], body: Any):
    with Desk(tmp_path, profile="cloudevents") as desk:
        [found] = said(posted(desk, body, headers))
    assert times(found) == (NOW.replace(tzinfo=None),) * 2
    assert found == {
        "type": "click", "id": "/shop#e/1", "creative_raw": "Quiet SUVs", "click_id": "c-9", "network": "facebook",
        "currency": "USD", "properties": {"weather": "fine"},
    }  # fmt: skip


def test_an_event_of_another_type_is_refused_by_its_name_and_others_are_taken(tmp_path: Path):
    with Desk(tmp_path, profile="cloudevents", strict=True) as desk:
        batch = [CE, CE | {"id": "2", "type": "com.example.order"}]
        passage = posted(desk, batch, {"content-type": "application/cloudevents-batch+json"})
        assert len(passage.accepted) == 1
        assert "type = 'com.example.order'" in passage.quarantined[0].detail
        refused = posted(desk, batch[1], {"content-type": "application/cloudevents+json"})
        assert refused.undecodable and refused.undecodable.refusal.status == 422


CONTEXT = {"campaign": {"name": "SUV", "source": "facebook", "content": "v3", "term": "used suv"}, "ip": "203.0.113.9",
           "page": {"path": "/cart", "url": "https://shop.example/cart?fbclid=IwAR0"}}  # fmt: skip


def track(event: str, properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "track", "event": event, "messageId": "m-1", "anonymousId": "a-1", "timestamp": iso(-60),
            "context": CONTEXT, "properties": properties} | more  # fmt: skip


ORDER = {"order_id": "o-1", "revenue": 25.0, "total": 27.5, "currency": "usd", "coupon": "X", "click_id": "c-9"}


def test_an_order_completed_is_a_purchase_by_our_clock(tmp_path: Path):
    slow = (NOW - timedelta(minutes=7)).astimezone(UTC).isoformat()  # the sender's clock, as it sends
    with Desk(tmp_path, profile="segment_track") as desk:
        [found] = said(posted(desk, {"batch": [track("Order Completed", ORDER)], "sentAt": slow}, suffix="v1/batch"))
    assert found.pop("visitor")
    assert times(found)[0] == later(-60 + 7).replace(tzinfo=None)
    assert found == {
        "type": "conversion", "id": "o-1", "transaction_id": "o-1", "conversion_kind": "purchase", "currency": "USD",
        "revenue": Decimal(25), "revenue_stage": "final", "click_id": "c-9", "click_ids": {"fbclid": "IwAR0"},
        "network": "facebook", "campaign_name": "SUV", "ad_name": "v3", "term": "used suv", "landing_page": "/cart",
        "properties": {"coupon": "X", "order_id": "o-1", "total": "27.5"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("event", "properties", "expected"),
    [
        ("Lead", {}, ("conversion", "lead")), ("Signed Up", {}, ("conversion", "signup")),
        ("click", {"click_id": "c-9"}, ("click", None)), ("Landing_View", {}, ("landing_view", None)),
        ("Quote Asked", {"conversion_kind": "quote"}, ("conversion", "quote")), ("Product Viewed", {"sku": "1"}, None),
    ],
)  # fmt: skip
def test_what_a_tracked_event_becomes(tmp_path: Path, event: str, properties: dict[str, Any], expected: Any):
    with Desk(tmp_path, profile="segment_track", strict=True) as desk:
        passage = posted(desk, track(event, properties), suffix="v1/track")
    found = [(item["type"], item.get("conversion_kind")) for item in said(passage)]
    assert (found, passage.ignored) == ([expected] if expected else [], 0 if expected else 1)


def test_a_page_with_a_campaign_is_where_the_visitor_landed_and_other_calls_are_ignored(tmp_path: Path):
    calls = [{"type": kind, "messageId": kind, "anonymousId": "a-1", "timestamp": iso()} for kind in
             ("page", "screen", "identify", "group", "alias")]  # fmt: skip
    calls.append(calls[0] | {"messageId": "landed", "context": CONTEXT})
    with Desk(tmp_path, profile="segment_track", strict=True) as desk:
        passage = posted(desk, {"batch": calls, "sentAt": iso()}, suffix="v1/batch")
    assert [(item["type"], item["id"]) for item in said(passage)] == [("landing_view", "landed")]
    assert passage.ignored == 5


def test_a_retry_with_another_sent_at_is_the_same_order_and_a_cancellation_withdraws_it(tmp_path: Path):
    with Desk(tmp_path, profile="segment_track") as desk:
        for minutes in (0, 3):
            posted(desk, {"batch": [track("Order Completed", ORDER)], "sentAt": iso(minutes)}, at=later(minutes + 1))
        assert verdicts(desk)["rows"] == 1
        assert money(desk) == (1, Decimal(25))
        cancelled = track("Order Cancelled", ORDER, messageId="m-2", timestamp=iso(10))
        posted(desk, {"batch": [cancelled], "sentAt": iso(11)}, at=later(11))
        assert money(desk) == (0, Decimal(0))


def test_what_is_no_call_at_all_is_refused_without_anybody_s_address(tmp_path: Path):
    with Desk(tmp_path, profile="segment_track", strict=True) as desk:
        passage = posted(desk, {"userId": "jon@example.com", "context": {"ip": "203.0.113.9"}}, suffix="v1/track")
    shown = json.dumps([each.item for each in passage.quarantined])
    assert passage.undecodable and "jon@example.com" not in shown and "203.0.113.9" not in shown
