"""This module owns the promises of meta_capi, tiktok_events and google_ad_events: events as others get them."""

from pathlib import Path
from typing import Any

import pytest
from journaling import Desk
from postbacks import UNIX, ignored, in_force, post, posted, put, quarantined, visitor

from ingest.bodies.redaction import redacted
from ingest.profile import profile

PRIVATE = ("7b17fb", "192.0.2.1", "Jane", "jane@example.com")
USER = {"em": ["7b17fb"], "client_ip_address": "192.0.2.1", "fn": "Jane", "fbp": "fb.1.1.2"}


def capi(name: str, event_id: str | None = "e-1", **more: Any) -> dict[str, Any]:
    """One event of Meta's Conversions API."""
    event = {"event_name": name, "event_time": UNIX - 60, "event_id": event_id, "user_data": USER} | more
    return {key: value for key, value in event.items() if value is not None}


def tiktok(name: str, event_id: str | None = "e-1", **more: Any) -> dict[str, Any]:
    """One event of TikTok's Events API."""
    event = {
        "event": name,
        "event_time": UNIX - 60,
        "event_id": event_id,
        "user": {"email": "7b17fb", "ip": "192.0.2.1"},
    }
    return {key: value for key, value in (event | more).items() if value is not None}


def google(kind: str, **more: Any) -> dict[str, Any]:
    """One ad event of Google's Data Manager."""
    return {
        "advertiserId": "9", "eventType": kind, "timestamp": "2026-11-23T08:59:00Z", "campaignId": "2384",
        "campaignName": "SUV", "regionCode": "US-CA", "source": "fb", "deviceInfo": {"ipAddress": "192.0.2.1"},
    } | more  # fmt: skip


META = [
    ("PageView", "landing_view", None), ("ViewContent", "landing_view", None), ("Purchase", "conversion", "purchase"),
    ("Lead", "conversion", "lead"), ("CompleteRegistration", "conversion", "registration"),
    ("Subscribe", "conversion", "subscription"), ("StartTrial", "conversion", "trial"),
    ("InitiateCheckout", "conversion", "initiate_checkout"), ("AddToCart", "conversion", "add_to_cart"),
]  # fmt: skip
TIKTOK = [
    ("Pageview", "landing_view", None), ("ViewContent", "landing_view", None),
    ("CompletePayment", "conversion", "purchase"), ("Purchase", "conversion", "purchase"),
    ("SubmitForm", "conversion", "lead"), ("CompleteRegistration", "conversion", "registration"),
    ("PlaceAnOrder", "conversion", "place_order"), ("Download", "conversion", "download"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "step", "goal"), META)
def test_meta_s_events_are_steps_of_the_site(name: str, step: str, goal: str | None, tmp_path: Path):
    (item,) = posted(tmp_path, "meta_capi", post({"data": [capi(name)]}))
    assert (item["type"], item.get("conversion_kind"), item["id"]) == (step, goal, f"{name}:e-1")
    assert (item["occurred_at"], item["visitor"]) == ("2026-11-23 08:59:00", visitor("fb.1.1.2"))
    assert "network" not in item  # what is sent to Meta was not necessarily brought by it


@pytest.mark.parametrize(("name", "step", "goal"), TIKTOK)
def test_tiktok_s_events_are_steps_of_the_site(name: str, step: str, goal: str | None, tmp_path: Path):
    (item,) = posted(tmp_path, "tiktok_events", post({"event_source_id": "P1", "data": [tiktok(name)]}))
    assert (item["type"], item.get("conversion_kind"), item["id"]) == (step, goal, f"P1:{name}:e-1")


def test_the_values_of_a_purchase_are_read_exactly(tmp_path: Path):
    data = {"value": 19.99, "currency": "eur", "order_id": "o-1"}
    (meta,) = posted(tmp_path, "meta_capi", post({"data": [capi("Purchase", custom_data=data)]}))
    (tiktoks,) = posted(
        tmp_path, "tiktok_events", post({"event_source_id": "P1", "data": [tiktok("Purchase", properties=data)]})
    )
    for item in (meta, tiktoks):
        assert (item["revenue"], item["currency"], item["transaction_id"]) == ("19.99", "EUR", "o-1")


@pytest.mark.parametrize(
    ("external_id", "wanted"), [("v-1", "v-1"), (["v-1", "v-2"], "v-1"), (None, "fb.1.1.2"), ([], "fb.1.1.2")]
)
def test_meta_s_visitor_is_the_external_id_however_it_is_written(external_id: Any, wanted: str, tmp_path: Path):
    user = USER | {"external_id": external_id, "fbc": "fb.1.1767951072000.IwAR_1-x"}
    (item,) = posted(tmp_path, "meta_capi", post({"data": [capi("Lead", user_data=user)]}))
    assert (item["visitor"], item["click_ids"]) == (visitor(wanted), {"fbclid": "IwAR_1-x"})


def test_the_copies_of_one_event_from_browser_and_server_count_once_and_the_first_is_right(tmp_path: Path):
    first = capi("Purchase", custom_data={"value": 10, "order_id": "o-1"})
    second = capi("Purchase", event_time=UNIX - 58, custom_data={"value": 12, "order_id": "o-1"})
    with Desk(tmp_path, profile="meta_capi") as desk:
        put(desk, post({"data": [first, capi("Lead")]}), post({"data": [second]}), post({"data": [first]}))
        assert sorted(in_force(desk, "conversion_kind", "revenue", "count"), key=str) == [
            ("lead", None, 1), ("purchase", "10.000000", 1),
        ]  # fmt: skip


def test_one_bad_event_does_not_spoil_the_batch(tmp_path: Path):
    batch = [
        capi("Purchase"),
        capi("GotALoan", "e-2"),
        capi("Lead", "e-3", event_time="yesterday"),
        capi("Lead", "e-4"),
    ]
    with Desk(tmp_path, profile="meta_capi") as desk:
        (passage,) = put(desk, post({"data": batch}))
    assert [item.id for item in passage.accepted] == ["Purchase:e-1", "Lead:e-4"]
    assert [(item.index, item.code) for item in passage.quarantined] == [(1, "unknown_event"), (2, "bad_time")]
    assert "event_name = 'GotALoan'" in passage.quarantined[0].detail


@pytest.mark.parametrize(
    ("name", "value"),
    [("meta_capi", {"data": [capi("Purchase", None, custom_data={"order_id": "o-1"})]}),
     ("tiktok_events", {"event_source_id": "P1", "data": [tiktok("Purchase", None, properties={"order_id": "o-1"})]})],
)  # fmt: skip
def test_an_order_s_number_stands_for_a_missing_event_id(name: str, value: Any, tmp_path: Path):
    (item,) = posted(tmp_path, name, post(value))
    assert item["id"].endswith("Purchase:o-1")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [("meta_capi", {"data": [capi("Lead", None)]}, "missing_field"), ("meta_capi", {"data": "[]"}, "unknown_event"),
     ("meta_capi", {"data": [capi("Brewed")]}, "unknown_event"),
     ("tiktok_events", {"event_source_id": "P1", "data": [tiktok("Brewed")]}, "unknown_event"),
     ("tiktok_events", {"data": [tiktok("Purchase")]}, "missing_field"),
     ("google_ad_events", {"adEvents": [google("EVENT_TYPE_UNSPECIFIED")]}, "unknown_event")],
)  # fmt: skip
def test_what_cannot_be_used_is_quarantined_without_the_person(name: str, value: Any, code: str, tmp_path: Path):
    found, _, shown = quarantined(tmp_path, name, post(value))
    assert found == code
    assert not any(private in shown for private in PRIVATE)


IGNORED = [
    ("meta_capi", {"data": [capi("Search")]}), ("tiktok_events", {"data": [tiktok("ClickButton")]}),
    ("google_ad_events", {"adEvents": [google("EVENT_TYPE_VIEW", eventSubtype="EVENT_SUBTYPE_ENGAGED_VIEW")]}),
    ("google_ad_events", {"adEvents": [google("EVENT_TYPE_CLICK", eventSubtype="EVENT_SUBTYPE_ONSITE_CLICK")]}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), IGNORED)
def test_events_that_are_no_step_are_ignored_by_name(name: str, value: Any, tmp_path: Path):
    assert ignored(tmp_path, name, post(value))


@pytest.mark.parametrize("name", ["meta_capi", "tiktok_events"])
def test_test_events_do_not_count(name: str, tmp_path: Path):
    event = capi("Lead") | tiktok("Lead")
    value = {"event_source_id": "P1", "test_event_code": "TEST123", "data": [event]}
    (item,) = posted(tmp_path, name, post(value))
    assert item["traffic"] == "test"


def test_a_crawler_s_page_view_does_not_count_as_a_person_s(tmp_path: Path):
    user = {"client_user_agent": "facebookexternalhit/1.1", "external_id": "v-1"}
    (item,) = posted(tmp_path, "meta_capi", post({"data": [capi("PageView", user_data=user)]}))
    assert item["traffic"] == "review"


GOOGLE = [("EVENT_TYPE_VIEW", "impression"), ("EVENT_TYPE_CLICK", "click"), (1, "impression"), (2, "click")]


@pytest.mark.parametrize(("kind", "step"), GOOGLE)
def test_google_s_ad_events_are_impressions_and_clicks_of_another_network(kind: Any, step: str, tmp_path: Path):
    event = google(kind, adId="1202", adGroupId="7", eventId="e-1", platformType="PLATFORM_TYPE_PHONE")
    event |= {"adPlacement": "AD_PLACEMENT_STORY", "medium": "paid_social", "measurementAllowed": True}
    (item,) = posted(tmp_path, "google_ad_events", post({"adEvents": [event]}))
    assert item == {
        "type": step, "id": "9:e-1", "occurred_at": "2026-11-23 08:59:00", "stated_at": "2026-11-23 08:59:00",
        "account_id": "9", "campaign_id": "2384", "campaign_name": "SUV", "adset_id": "7", "ad_id": "1202",
        "network": "facebook", "country": "US", "device": "mobile", "placement": "story", "consent": "granted",
        "properties": {"medium": "paid_social", "region": "US-CA"},
    }  # fmt: skip


def test_google_s_events_without_an_id_are_told_apart_by_what_they_say(tmp_path: Path):
    other = google("EVENT_TYPE_CLICK", deviceInfo={"ipAddress": "192.0.2.2"})
    with Desk(tmp_path, profile="google_ad_events") as desk:
        put(
            desk,
            *(post({"adEvents": [event]}) for event in (google("EVENT_TYPE_CLICK"),) * 2),
            post({"adEvents": [other]}),
        )
        assert len(in_force(desk, "id")) == 2


def test_without_leave_to_measure_nothing_follows_the_person(tmp_path: Path):
    event = google("EVENT_TYPE_VIEW", mobileDeviceId="m-1", measurementAllowed=False)
    (item,) = posted(tmp_path, "google_ad_events", post({"adEvents": [event], "validateOnly": True}))
    assert ("visitor" in item, item["consent"], item["traffic"]) == (False, "denied", "test")


BODIES = [
    ("meta_capi", {"access_token": "7b17fb", "data": [capi("Lead")]}),
    ("tiktok_events", {"event_source_id": "P1", "data": [tiktok("Lead")]}),
    ("google_ad_events", {"adEvents": [google("EVENT_TYPE_VIEW", mobileDeviceId="Jane")]}),
]


@pytest.mark.parametrize(("name", "body"), BODIES)
def test_a_whole_body_loses_the_person_too(name: str, body: Any):
    shown = str(redacted(body, profile(name).redact))
    assert not any(private in shown for private in PRIVATE)
    assert "(redacted)" in shown
