"""This module owns the promises of the canonical payload: what each type needs, and where every key goes."""

import hashlib
import hmac
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from payloads import CONTRACT, KEY, NOW, TIME, at, click, context, item, warnings

from ingest.creative import variant_id
from ingest.items.fields import hash64
from ingest.items.item import INTERACTION_TYPES, STATEMENT_TYPES, Ad, Interaction, Report, Settlement
from ingest.payload import CREATIVE_ALIASES, parse_item


def test_the_contract_s_example_maps_field_by_field():
    parsed = parse_item(CONTRACT, 3, context())
    row = {
        "click_id": "c-9", "session_id": "s-1", "network": "facebook", "account_id": "act_9", "campaign_id": "2384",
        "campaign_name": "SUV US", "adset_id": "7", "ad_id": "1202", "ad_name": "v3", "placement": "feed",
        "offer_id": "140", "landing_page": "/quiet-suvs", "term": "used suv", "country": "US", "device": "mobile",
        "conversion_kind": "purchase", "transaction_id": "t-5", "revenue": Decimal("0.420000"),
        "cost": Decimal("0.100000"), "occurred_at": at("2026-11-23T08:00"), "revenue_stage": "final",
        "creative_raw": "Quiet SUVs of 2026", "variant_id": variant_id("Quiet SUVs of 2026"),
        "visitor": hmac.new(KEY, b"v-7", hashlib.sha256).hexdigest()[:32], "click_ids": '{"fbclid":"IwAR0"}',
        "consent": "granted", "currency": "USD", "traffic": "human", "count": 1, "properties": '{"any":"json"}',
        "stated_at": at("2026-11-23T08:00"), "repeats": None,
    }  # fmt: skip
    key = hash64(("shop", "click", "final", "evt_1"))
    assert parsed.warnings == ()
    assert parsed.item == Interaction(
        index=3, key_hash=key, content_hash=hash64(row), type="click", id="evt_1", **row
    )  # fmt: skip


NEEDS: dict[str, dict[str, Any]] = {
    "revenue": {"transaction_id": "t-1", "revenue": "1"},
    "refund": {"revenue": "1"},
}


@pytest.mark.parametrize("kind", INTERACTION_TYPES)
def test_every_interaction_needs_little_more_than_id_type_and_time(kind: str):
    found = item(click(type=kind) | NEEDS.get(kind, {}))
    assert (type(found), found.type, found.id, found.count, found.traffic) == (Interaction, kind, "evt_1", 1, "human")


def test_a_report_is_a_platform_s_counts_of_an_ad_day():
    found = item({
        "type": "report", "day": "2026-11-22", "level": "ad", "network": "Meta", "account_id": 9, "ad_id": 1202,
        "ad_name": "v3", "country": "US", "impressions": 1000, "clicks": "31", "cost": "12.50",
        "platform_conversions": Decimal("2.0"), "platform_revenue": 99, "currency": "eur", "occurred_at": TIME,
    })  # fmt: skip
    assert isinstance(found, Report)
    assert (found.day, found.level, found.network, found.account_id, found.ad_id) == (
        date(2026, 11, 22), "ad", "facebook", "9", "1202",
    )  # fmt: skip
    assert (found.impressions, found.clicks, found.cost) == (1000, 31, Decimal("12.5"))
    assert (found.platform_conversions, found.platform_revenue, found.currency) == (2, Decimal(99), "EUR")
    assert found.stated_at == at("2026-11-23T08:00")


@pytest.mark.parametrize("level", ["ad", "adset", "campaign"])
def test_a_report_names_the_id_of_its_level_and_may_say_nothing_else(level: str):
    found = item({"type": "report", "day": "2026-11-22", "level": level, f"{level}_id": "7"})
    assert (found.level, found.impressions, found.cost, found.stated_at) == (level, None, None, NOW)


def test_a_settlement_is_the_final_money_of_a_cell():
    found = item({"type": "settlement", "day": "2026-11-20", "revenue": "1003.17", "offer_id": 140, "country": "US"})
    assert isinstance(found, Settlement)
    assert (found.day, found.revenue, found.offer_id, found.country, found.ad_id) == (
        date(2026, 11, 20), Decimal("1003.17"), "140", "US", None,
    )  # fmt: skip


def test_an_ad_is_a_row_of_the_catalogue():
    found = item({
        "type": "ad", "network": "tiktok", "account_id": "a", "ad_id": "1202", "valid_from": "2026-11-01T00:00:00Z",
        "rac": "Quiet SUVs", "ad_name": "v3", "campaign_id": 1, "adset_id": 2, "asset_id": "x",
        "thumbnail_url": "https://example.com/x.png",
    })  # fmt: skip
    assert isinstance(found, Ad)
    assert (found.valid_from, found.creative_raw, found.asset_id) == (at("2026-11-01T00:00"), "Quiet SUVs", "x")
    assert item({"type": "ad", "ad_id": "1"}).valid_from == at("2000-01-01T00:00")


def test_the_types_that_are_tested_here_are_all_there_are():
    assert {*INTERACTION_TYPES, *STATEMENT_TYPES} == {
        "impression", "click", "landing_view", "search_click", "results_view", "ad_click", "conversion", "revenue",
        "refund", "report", "settlement", "ad",
    }  # fmt: skip


@pytest.mark.parametrize("alias", CREATIVE_ALIASES)
def test_the_creative_has_other_names(alias: str):
    assert item(click(**{alias: "Quiet SUVs"})) == item(click(referrerAdCreative="Quiet SUVs"))


@pytest.mark.parametrize("empty", [None, "", " \t"])
def test_an_empty_creative_is_none_and_lets_another_name_speak(empty: Any):
    assert item(click(referrerAdCreative=empty)).creative_raw is None
    assert item(click(rac="Quiet SUVs", referrerAdCreative=empty, adtitle=empty)).creative_raw == "Quiet SUVs"


def test_a_second_text_under_another_name_is_kept_in_the_properties():
    for both in ({"referrerAdCreative": "one", "rac": "two"}, {"rac": "two", "referrerAdCreative": "one"}):
        found = item(click(**both))
        assert (found.creative_raw, found.properties) == ("one", '{"rac":"two"}')
    assert item(click(adtitle="two", rac="one")) == item(click(rac="one", adtitle="two"))


def test_unknown_keys_go_to_the_properties_and_near_misses_are_told():
    found = click(my_key=[1], campagin_id="7", properties={"my_key": {"a": Decimal("0.10")}, "b": None})
    assert json.loads(item(found).properties) == {"b": None, "campagin_id": "7", "my_key": {"a": "0.10"}}
    assert warnings(found) == (
        "my_key: unknown, kept in properties",
        "campagin_id: unknown, kept in properties; did you mean campaign_id?",
    )


@pytest.mark.parametrize(
    ("key", "meant"),
    [("referrerAdcreative", "referreradcreative"), ("referrer_ad_creatives", "referrer_ad_creative"),
     ("occured_at", "occurred_at"), ("click_idd", "click_id"), ("visitorid", "visitor_id"), ("adId", None),
     ("utm_source", None), ("x" * 10_000, None)],
)  # fmt: skip
def test_a_near_miss_names_what_may_have_been_meant(key: str, meant: str | None):
    told = parse_item({"type": "ad", "ad_id": "1", key: "x"}, 0, context()).warnings
    assert told == (f"{key[:40]}: unknown, kept in properties" + (f"; did you mean {meant}?" if meant else ""),)


def test_half_a_surrogate_pair_in_a_key_s_name_does_not_break_the_answer():
    (warning,) = parse_item({"type": "ad", "ad_id": "1", "campaign_\ud800id": 1}, 0, context()).warnings
    assert warning.encode().startswith(b"campaign_?id: ")


def test_numbers_of_a_report_on_an_interaction_are_properties():
    found = item(click(impressions=3, sub_id="s", platform_revenue="1"))
    assert json.loads(found.properties) == {"impressions": "3", "sub_id": "s", "platform_revenue": "1.000000"}


def test_what_an_item_says_and_nothing_else_makes_its_content():
    one = item(click(revenue="0.42"))
    again = parse_item(click(revenue=Decimal("0.420"), term=None), 7, context(message_id="msg_2")).item
    assert (one.key_hash, one.content_hash) == (again.key_hash, again.content_hash)
    assert item(click(revenue="0.43")).content_hash != one.content_hash
    assert item(click(revenue="0.42"), sender="feed").key_hash != one.key_hash
    assert item(click(revenue="0.42", revenue_stage="final")).key_hash != one.key_hash


def test_a_statement_s_key_is_its_cell_and_a_repeat_of_a_delivery_is_no_news():
    value = {"type": "report", "day": "2026-11-22", "level": "ad", "ad_id": "1", "clicks": 1}
    one = item(value)
    assert item(value | {"clicks": 2}).key_hash == one.key_hash
    assert item(value | {"country": "US"}).key_hash != one.key_hash
    assert item(value).content_hash == one.content_hash
    assert item(value, message_id="msg_2").content_hash != one.content_hash  # the same numbers, stated again
    timed = value | {"occurred_at": TIME}
    assert item(timed).content_hash == item(timed, message_id="msg_2").content_hash


def test_half_a_surrogate_pair_in_properties_is_mended_as_in_every_free_text():
    found = item(click(properties={"a": "x\ud83c", "\ud83c": 1}))
    assert json.loads(found.properties) == {"a": "x\ufffd", "\ufffd": 1}


def test_addresses_and_user_agents_are_not_stored_and_the_sender_hears_so():
    sent = click(ip="203.0.113.9", User_Agent="Mozilla/5.0", other="kept")
    assert item(sent).properties == '{"other":"kept"}'
    assert [w.partition(":")[0] for w in warnings(sent)] == ["ip", "User_Agent", "other"]


def test_what_a_statement_does_not_know_goes_to_its_properties():
    found = item({"type": "report", "day": "2025-11-22", "level": "ad", "ad_id": "1", "reach": 7, "term": "suv"})
    assert found.properties == '{"reach":7,"term":"suv"}'
