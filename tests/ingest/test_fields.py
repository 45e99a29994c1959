"""This module owns the promises of single fields: money, ids, times, people, names, and their limits."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from payloads import at, click, context, item

from ingest.payload import parse_item


@pytest.mark.parametrize(
    ("given", "amount", "warned"),
    [
        ("0.42", "0.42", False),
        (Decimal("0.42"), "0.42", False),
        (" 0.42 ", "0.42", False),
        (".5", "0.5", False),
        ("5.", "5", False),
        ("+5", "5", False),
        ("4.2e-1", "0.42", False),
        (0, "0", False),
        (999_999_999, "999999999", False),
        ("999999999.999999", "999999999.999999", False),
        (Decimal("0.30000000000000004"), "0.3", True),
        ("0.1234565", "0.123456", True),
        (Decimal("1E-400"), "0", True),
        ("", None, False),
        (None, None, False),
    ],
)
def test_money_is_exact_to_a_millionth(given: Any, amount: str | None, warned: bool):
    parsed = parse_item(click(revenue=given), 0, context())
    assert parsed.item.revenue == (None if amount is None else Decimal(amount))
    assert bool(parsed.warnings) is warned
    assert all(warning.startswith("revenue: ") and "rounded to a millionth" in warning for warning in parsed.warnings)


@pytest.mark.parametrize(
    ("value", "revenue"),
    [
        ({"type": "refund", "revenue": "5"}, "5"),
        ({"type": "refund", "revenue": "-5"}, "5"),
        ({"type": "revenue", "revenue": "-5", "revenue_stage": "adjusted", "click_id": "c"}, "-5"),
        ({"type": "conversion", "revenue": "-5", "revenue_stage": "adjusted"}, "-5"),
    ],
)
def test_only_what_goes_back_may_be_negative(value: dict[str, Any], revenue: str):
    assert item(click(**value)).revenue == Decimal(revenue)


@pytest.mark.parametrize(
    ("value", "stage"),
    [
        ({"type": "revenue", "revenue": 1, "click_id": "c"}, "final"),
        ({"type": "revenue", "revenue": 1, "click_id": "c", "revenue_stage": "pre_estimated"}, "pre_estimated"),
        ({"type": "conversion", "revenue": 1}, "final"),
        ({"type": "conversion"}, None),
        ({"type": "ad_click", "revenue": 1}, "estimated"),
        ({"type": "ad_click", "revenue": 1, "revenue_stage": "final"}, "final"),
        ({"type": "ad_click"}, None),
        ({"type": "refund", "revenue": 1, "revenue_stage": "final"}, None),
        ({"type": "click"}, None),
    ],
)
def test_money_has_a_stage_that_its_type_implies(value: dict[str, Any], stage: str | None):
    assert item(click(**value)).revenue_stage == stage


@pytest.mark.parametrize(
    ("given", "identity"),
    [("a", "a"), (" a ", "a"), (-1, "-1"), (2**53 + 1, "9007199254740993"), (10**39, "1" + "0" * 39),
     ("é" * 256, "é" * 256), ("00042", "00042"), ("a b\tc", "a b\tc")],
)  # fmt: skip
def test_ids_are_exact_text(given: Any, identity: str):
    found = item(click(id=given, ad_id=given))
    assert (found.id, found.ad_id) == (identity, identity)


@pytest.mark.parametrize(
    ("given", "zone", "moment"),
    [
        ("2026-11-23T08:00:00Z", "UTC", "2026-11-23T08:00:00"),
        ("2026-11-23T08:00:00.123456Z", "UTC", "2026-11-23T08:00:00.123456"),
        ("2026-11-23 08:00:00+00:00", "UTC", "2026-11-23T08:00:00"),
        ("2026-11-23T00:00:00-08:00", "UTC", "2026-11-23T08:00:00"),
        ("2026-11-23T00:00:00", "America/Los_Angeles", "2026-11-23T08:00:00"),
        ("2026-07-01T00:00:00", "America/Los_Angeles", "2026-07-01T07:00:00"),
        ("2026-11-23T08:00:00Z", "America/Los_Angeles", "2026-11-23T08:00:00"),
        ("2026-11-23", "Europe/Berlin", "2026-11-22T23:00:00"),
        (1795420800, "Europe/Berlin", "2026-11-23T08:00:00"),
        ("1795420800", "UTC", "2026-11-23T08:00:00"),
        (1795420800123, "UTC", "2026-11-23T08:00:00.123"),
        ("1795420800123", "UTC", "2026-11-23T08:00:00.123"),
        (Decimal("1795420800.25"), "UTC", "2026-11-23T08:00:00.250"),
        ("1795420800.25", "UTC", "2026-11-23T08:00:00.250"),
        ("2000-01-01T00:00:00Z", "UTC", "2000-01-01T00:00:00"),
        ("2026-11-23T09:15:00Z", "UTC", "2026-11-23T09:15:00"),  # 15 minutes ahead of our clock
    ],
)
def test_times_become_utc(given: Any, zone: str, moment: str):
    assert item(click(occurred_at=given), zone=ZoneInfo(zone)).occurred_at == at(moment)


@pytest.mark.parametrize(
    ("field", "macro"),
    [("click_id", "{{click_id}}"), ("visitor_id", "__UID__"), ("ad_id", "{{ad.id}}"), ("campaign_id", "__CID__"),
     ("adset_id", "{adset}"), ("account_id", "${ACCOUNT}"), ("transaction_id", "%TRANSACTION_ID%"),
     ("session_id", "[SESSION_ID]"), ("offer_id", "{offer}")],
)  # fmt: skip
def test_a_macro_left_in_an_id_is_a_review_bot(field: str, macro: str):
    assert item(click(**{field: macro})).traffic == "review"
    assert item(click(**{field: "a-real-one"})).traffic == "human"
    assert item(click(**{field: macro}, traffic="human")).traffic == "human"  # the sender knows better


@pytest.mark.parametrize("traffic", ["human", "suspect", "review", "test"])
def test_traffic_is_what_the_sender_says_unless_all_of_it_is_a_test(traffic: str):
    assert item(click(traffic=traffic)).traffic == traffic
    assert item(click(traffic=traffic), traffic="test").traffic == "test"


def test_without_consent_no_id_of_a_person_is_kept():
    ids = {"visitor_id": "v-7", "click_id": "c-9", "click_ids": {"fbclid": "x"}}
    denied, granted = item(click(**ids, consent="denied")), item(click(**ids, consent="granted"))
    assert (denied.visitor, denied.click_id, denied.click_ids, denied.consent) == (None, None, None, "denied")
    assert (granted.visitor is not None, granted.click_id, granted.click_ids) == (True, "c-9", '{"fbclid":"x"}')


def test_a_visitor_is_a_keyed_hash():
    found = item(click(visitor_id="v-7")).visitor
    assert found == item(click(visitor_id=" v-7 ", id="other")).visitor
    assert found not in {item(click(visitor_id="v-8")).visitor, item(click(visitor_id="v-7"), visitor_key=b"x").visitor}
    assert "v-7" not in found


def test_names_of_networks_are_canonical_also_the_sender_s_own():
    assert item(click(network="FB")).network == item(click(), network="Instagram").network == "facebook"
    assert item(click(network="My Net-Work")).network == "my_net_work"
    assert item(click(network=" "), network="tt").network == "tiktok"
    assert item(click()).network is None


def test_countries_and_devices_have_one_spelling_and_money_the_sender_s_currency():
    found = item(click(country="us", device="Mobile"), currency="EUR")
    assert (found.country, found.device, found.currency) == ("US", "mobile", "EUR")
    assert item(click(currency="gbp")).currency == "GBP"


def test_half_a_surrogate_pair_and_nul_in_a_text_become_a_replacement():
    assert item(click(rac="Quiet \ud83c SUVs\0")).creative_raw == "Quiet \ufffd SUVs\ufffd"
    assert item(click(rac="Quiet \U0001f69a")).creative_raw == "Quiet \U0001f69a"


def test_limits_are_inclusive():
    assert len(item(click(rac="x" * 65_536)).creative_raw) == 65_536
    assert len(item(click(rac="é" * 32_768)).creative_raw) == 32_768
    assert len(item(click(properties={"a": "x" * (16_384 - 8)})).properties) == 16_384
