"""This module owns the promises of adjust, branch and singular: an app's activities become steps with their ad."""

from pathlib import Path
from typing import Any

import pytest
from journaling import Desk
from postbacks import UNIX, get, ignored, in_force, post, posted, put, quarantined, visitor

from ingest.profile import profile

TRACKER = "Google+Ads+ACI%3A%3ASUV+US+%282384%29%3A%3ACouples+%287%29%3A%3AUsed+SUVs+%28v3%29+%281202%29"
LATD = "last_attributed_touch_data"


def adjust(kind: str, more: str = "") -> Any:
    """A callback of a kind of activity, of one device."""
    return get(f"activity_kind={kind.replace(' ', '+')}&created_at={UNIX - 60}&adid=a-1&tracker_name={TRACKER}{more}")


ADJUST = [
    ("impression", "impression", None),
    ("click", "click", None),
    ("install", "conversion", "install"),
    ("reattribution", "conversion", "reengagement"),
    ("reattribution reinstall", "conversion", "reengagement"),
    ("event&event_name=Purchase&event=abc", "conversion", "purchase"),
    ("event&event=abc123", "conversion", "abc123"),
    ("ad_revenue", "conversion", "ad_revenue"),
]


@pytest.mark.parametrize(("kind", "step", "goal"), ADJUST)
def test_adjust_s_activities_are_steps_with_the_ad_that_brought_them(
    kind: str, step: str, goal: str | None, tmp_path: Path
):
    (item,) = posted(tmp_path, "adjust", adjust(kind))
    assert (item["type"], item.get("conversion_kind")) == (step, goal)
    fields = ("network", "campaign_id", "campaign_name", "adset_id", "ad_id", "ad_name")
    assert {name: item[name] for name in fields} == {
        "network": "google", "campaign_id": "2384", "campaign_name": "SUV US (2384)", "adset_id": "7",
        "ad_id": "1202", "ad_name": "Used SUVs (v3) (1202)",
    }  # fmt: skip
    assert (item["occurred_at"], item["visitor"]) == ("2026-11-23 08:59:00", visitor("a-1"))
    assert "a-1" not in str(item)


NAMES = [
    ("Organic", {}, {"network": "organic"}),
    ("Instagram%20Installs%3A%3ASUV", {}, {"network": "facebook", "campaign_name": "SUV"}),
    ("Taboola%3A%3ASUV%3A%3A%3A%3AUsed%20SUVs", {},
     {"network": "taboola", "campaign_name": "SUV", "ad_name": "Used SUVs"}),
    ("Taboola%3A%3ASUV%20(US)", {"campaign_id": "parameter"}, {"network": "taboola", "campaign_name": "SUV (US)"}),
    ("TikTok%3A%3ASUV%20(5)&campaign_id=6&network_name=tt", {},
     {"network": "tiktok", "campaign_name": "SUV (5)", "campaign_id": "6"}),
    ("{tracker_name}", {}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "options", "wanted"), NAMES)
def test_what_adjust_leaves_out_is_left_out(name: str, options: dict[str, str], wanted: dict[str, str], tmp_path: Path):
    (item,) = posted(tmp_path, "adjust", get(f"activity_kind=install&tracker_name={name}"), options=options)
    fields = ("network", "campaign_id", "campaign_name", "adset_id", "ad_id", "ad_name", "visitor", "country")
    assert {field: item[field] for field in fields if field in item} == wanted
    assert item["occurred_at"] == "2026-11-23 09:00:00"


def test_adjust_s_money_is_that_of_whole_units_in_the_currency_of_the_event(tmp_path: Path):
    (item,) = posted(
        tmp_path, "adjust", adjust("event", "&event_name=purchase&revenue_float=3.99&currency=eur&transaction_id=t-1")
    )
    assert (item["revenue"], item["currency"], item["transaction_id"]) == ("3.99", "EUR", "t-1")
    (item,) = posted(tmp_path, "adjust", adjust("event", "&event_name=purchase&revenue=399&currency=eur"))
    assert ("revenue" in item, item["properties"]["revenue"]) == (False, "399")


def test_adjust_s_cost_is_a_click_s_and_not_an_install_s(tmp_path: Path):
    click, install = posted(
        tmp_path, "adjust", *(adjust(kind, "&cost_amount=0.12&cost_currency=eur") for kind in ("click", "install"))
    )
    assert (click["cost"], click["currency"]) == ("0.12", "EUR")
    assert ("cost" in install, "currency" in install, install["properties"]["cost_amount"]) == (False, False, "0.12")


@pytest.mark.parametrize(
    ("kind", "why"),
    [("rejected_install", "fraud"), ("rejected reattribution", "fraud"), ("session", "no step"),
     ("uninstall", "no step"), ("updated attribution", "no step"), ("cost_updated", "ad spend")],
)  # fmt: skip
def test_adjust_s_other_activities_are_ignored_by_name(kind: str, why: str, tmp_path: Path):
    assert why in ignored(tmp_path, "adjust", adjust(kind))


@pytest.mark.parametrize("kind", ["teleport", "event", "{activity_kind}", ""])
def test_an_activity_nobody_knows_is_quarantined_without_its_device(kind: str, tmp_path: Path):
    code, detail, shown = quarantined(tmp_path, "adjust", adjust(kind, "&idfa=8C6C&ip_address=192.0.2.1"))
    assert (code, detail.startswith(f"activity_kind = {kind!r}")) == ("unknown_event", True)
    assert not any(private in shown for private in ("a-1", "8C6C", "192.0.2.1"))


def test_adjust_s_retry_is_a_duplicate_and_another_device_is_not(tmp_path: Path):
    other = get(f"activity_kind=install&created_at={UNIX - 60}&adid=a-2&tracker_name={TRACKER}")
    with Desk(tmp_path, profile="adjust") as desk:
        put(desk, adjust("install"), adjust("install"), other)
        assert len(in_force(desk, "id")) == 2
        assert desk.query("select sum(duplicates) from loads") == [(1,)]


def branch(name: str, **more: Any) -> Any:
    """A webhook of Branch as its pages print it: without an id, its time as `timestamp`."""
    touch = {"~id": 467391383381228204, "~campaign": "december_test", "~channel": "TikTok", "~ad_id": 1202}
    user = {"os": "ANDROID", "aaid": "99c5", "ip": "192.0.2.1", "country": "us", "user_agent": "Mozilla/5.0"}
    return post({"name": name, "user_data": user, LATD: touch, "timestamp": UNIX * 1000 - 60_000} | more)


BRANCH = [
    ("impression", "impression", None),
    ("CLICK", "click", None),
    ("web_session_start", "landing_view", None),
    ("install", "conversion", "install"),
    ("PURCHASE", "conversion", "purchase"),
    ("COMPLETE_REGISTRATION", "conversion", "registration"),
    ("SUBSCRIBE", "conversion", "subscription"),
    ("ADD_TO_CART", "conversion", "add_to_cart"),
    ("Test Drive Booked", "conversion", "test drive booked"),
]


@pytest.mark.parametrize(("name", "step", "goal"), BRANCH)
def test_branch_s_events_are_steps_with_the_last_attributed_touch(
    name: str, step: str, goal: str | None, tmp_path: Path
):
    (item,) = posted(tmp_path, "branch", branch(name))
    assert {field: item[field] for field in item.keys() - {"id", "revenue_stage", "stated_at"}} == {
        "type": step, **({"conversion_kind": goal} if goal else {}), "occurred_at": "2026-11-23 08:59:00",
        "campaign_name": "december_test", "network": "tiktok", "ad_id": "1202", "country": "US", "device": "android",
        "visitor": visitor("99c5"), "properties": {"event": name},
    }  # fmt: skip


def test_branch_s_purchase_has_its_order_and_its_money_and_is_counted_once(tmp_path: Path):
    data = {"revenue": 12.5, "currency": "EUR", "transaction_id": "t-1"}
    with Desk(tmp_path, profile="branch") as desk:
        put(desk, *(branch("PURCHASE", event_data=data | {"transaction_id": order}) for order in ("t-1", "t-1", "t-2")))
        assert in_force(desk, "transaction_id", "revenue", "currency") in (
            [("t-1", "12.500000", "EUR"), ("t-2", "12.500000", "EUR")],
            [("t-2", "12.500000", "EUR"), ("t-1", "12.500000", "EUR")],
        )


@pytest.mark.parametrize("name", ["open", "VIEW_ITEM", "pageview", "purchase_blocked"])
def test_branch_s_other_events_are_ignored_by_name(name: str, tmp_path: Path):
    assert ignored(tmp_path, "branch", branch(name))


def test_a_branch_webhook_without_a_name_is_quarantined_without_its_user(tmp_path: Path):
    code, _, shown = quarantined(tmp_path, "branch", branch("", custom_data={"email": "a@example.com"}))
    assert code == "unknown_event"
    assert not any(private in shown for private in ("99c5", "192.0.2.1", "a@example.com"))


def test_an_unattributed_branch_event_belongs_to_no_ad(tmp_path: Path):
    (item,) = posted(tmp_path, "branch", post({"id": "1", "name": "install", "timestamp": UNIX * 1000}))
    assert set(item) == {
        "type", "id", "occurred_at", "stated_at", "conversion_kind", "revenue_stage", "properties",
    }  # fmt: skip


def singular(name: str, **more: Any) -> Any:
    """A postback of Singular as public receivers print it."""
    value = {
        "event_name": name, "event_utc_timestamp": UNIX - 60, "platform": "iOS", "idfa": "8C6C", "user_id": 536206,
        "click_ip": "192.0.2.1", "network": "Facebook", "partner_site": "Instagram", "campaign": "SUV US",
        "is_reengagement": 0,
    }  # fmt: skip
    return post(value | more)


SINGULAR = [
    ("__START__", {}, "install"),
    ("__START__", {"is_reengagement": 1}, "reengagement"),
    ("__start__", {"is_reengagement": True}, "reengagement"),
    ("__IAP__", {"amount": 3.99, "currency": "INR"}, "purchase"),
    ("__ADMON_USER_LEVEL_REVENUE__", {}, "ad_revenue"),
    ("SIGN_UP", {}, "sign_up"),
]


@pytest.mark.parametrize(("name", "more", "goal"), SINGULAR)
def test_singular_s_events_are_conversions_of_their_kind(name: str, more: dict[str, Any], goal: str, tmp_path: Path):
    (item,) = posted(tmp_path, "singular", singular(name, **more))
    assert {field: item[field] for field in item.keys() - {"id", "stated_at", "properties", "revenue", "currency"}} == {
        "type": "conversion", "conversion_kind": goal, "revenue_stage": "final", "occurred_at": "2026-11-23 08:59:00",
        "network": "facebook", "placement": "Instagram", "campaign_name": "SUV US", "device": "ios",
        "visitor": visitor("536206"),
    }  # fmt: skip
    assert (item.get("revenue"), item.get("currency")) == (("3.99", "INR") if more.get("amount") else (None, None))


def test_singular_hears_a_200_and_its_retry_is_a_duplicate(tmp_path: Path):
    assert profile("singular").answer == "json"
    with Desk(tmp_path, profile="singular") as desk:
        put(desk, singular("__IAP__", amount=5), singular("__IAP__", amount=5), singular("__IAP__", amount=6))
        assert sorted(in_force(desk, "revenue")) == [("5.000000",), ("6.000000",)]


def test_singular_s_sessions_are_ignored_and_what_has_no_name_is_quarantined(tmp_path: Path):
    assert "no step" in ignored(tmp_path, "singular", singular("__SESSION__"))
    code, _, shown = quarantined(tmp_path, "singular", singular("", arguments={"email": "a@example.com"}))
    assert code == "unknown_event"
    assert quarantined(tmp_path, "singular", singular("__NOBODY_KNOWS__"))[0] == "unknown_event"
    assert not any(private in shown for private in ("8C6C", "192.0.2.1", "536206", "a@example.com"))
