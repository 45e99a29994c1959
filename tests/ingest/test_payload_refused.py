"""This module owns the promises about bad items: each has one named reason and one culprit."""

from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from payloads import TIME, click, context

from ingest.items.item import INTERACTION_TYPES, STATEMENT_TYPES
from ingest.payload import KNOWN, parse_item
from ingest.rejection import REASONS, ItemRefusedError

REPORT = {"type": "report", "day": "2026-11-22", "level": "ad", "ad_id": "1"}
CELL = {"type": "settlement", "day": "2026-11-22", "revenue": "1"}


def without(value: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: part for name, part in value.items() if name != key}


def refusal(value: Any) -> tuple[str, str]:
    with pytest.raises(ItemRefusedError) as caught:
        parse_item(value, 0, context())
    assert caught.value.words().startswith(REASONS[caught.value.code])
    return caught.value.code, caught.value.field


SHAPES = [
    (None, "not_an_object", "item"),
    ([], "not_an_object", "item"),
    ("click", "not_an_object", "item"),
    (1, "not_an_object", "item"),
    ({}, "missing_field", "type"),
    (click(type=None), "missing_field", "type"),
    (click(type=["click"]), "bad_type", "type"),
    (click(type=1), "bad_type", "type"),
    (click(type=""), "unknown_type", "type"),
    (click(type="Click"), "unknown_type", "type"),
    (click(type="purchase"), "unknown_type", "type"),
    (click(type="\ud800\0"), "unknown_type", "type"),
    (without(click(), "id"), "missing_field", "id"),
    (click(id=None), "missing_field", "id"),
    (click(id=""), "missing_field", "id"),
    (click(id=" \t"), "missing_field", "id"),
    (without(click(), "occurred_at"), "missing_field", "occurred_at"),
    (click(occurred_at=None), "missing_field", "occurred_at"),
    (click(occurred_at=" "), "missing_field", "occurred_at"),
]
IDS = [
    (click(id=True), "bad_type", "id"),
    (click(id=1.5), "bad_type", "id"),
    (click(id=Decimal("1.0")), "bad_type", "id"),
    (click(id=[1]), "bad_type", "id"),
    (click(id={}), "bad_type", "id"),
    (click(ad_id=False), "bad_type", "ad_id"),
    (click(country=["US"]), "bad_type", "country"),
    (click(id="x" * 513), "too_long", "id"),
    (click(id="é" * 257), "too_long", "id"),
    (click(session_id="x" * 513), "too_long", "session_id"),
    (click(id="a\0b"), "bad_text", "id"),
    (click(id="a\ud83cb"), "bad_text", "id"),
    (click(visitor_id="\ud83c"), "bad_text", "visitor_id"),
    (click(click_ids="x"), "bad_type", "click_ids"),
    (click(click_ids=["x"]), "bad_type", "click_ids"),
    (click(click_ids={"fbclid": 1.5}), "bad_type", "click_ids"),
    (click(click_ids={"fbclid": "x" * 513}), "too_long", "click_ids"),
    (click(click_ids={"\ud83c": "x"}), "bad_text", "click_ids"),
]
TEXTS = [
    (click(referrerAdCreative=1), "bad_type", "referrerAdCreative"),
    (click(referrerAdCreative=["a"]), "bad_type", "referrerAdCreative"),
    (click(rac={"a": 1}), "bad_type", "rac"),
    (click(rac=False), "bad_type", "rac"),
    (click(ad_name=1), "bad_type", "ad_name"),
    (click(referrerAdCreative="x" * 65_537), "too_long", "referrerAdCreative"),
    (click(adtitle="é" * 32_769), "too_long", "adtitle"),
    (click(properties=[]), "bad_type", "properties"),
    (click(properties="{}"), "bad_type", "properties"),
    (click(properties={"a": "x" * 16_384}), "too_long", "properties"),
    (click(properties={"a": "é" * 8_192}), "too_long", "properties"),
    (click(unknown="x" * 16_384), "too_long", "properties"),
    (click(properties={"a": 2**64}), "bad_value", "properties"),
]
MONEY = [
    (click(revenue=text), "bad_value", "revenue")
    for text in ("x", "1,50", "$1", "1_000", "0x10", "1 000", "--1", "e5", ".", "NaN", "sNaN", "Infinity", "-inf",
                 "1000000000", "1e9", "1e99999999", "1e999999999", "1e9999999999", "٣", "-0.01")
] + [
    (click(revenue=True), "bad_type", "revenue"),
    (click(revenue=0.5), "bad_type", "revenue"),  # decoding gives Decimal
    (click(revenue=[]), "bad_type", "revenue"),
    (click(revenue=10**9), "bad_value", "revenue"),
    (click(cost=Decimal("-0.01")), "bad_value", "cost"),
    (click(type="conversion", revenue=-1), "bad_value", "revenue"),
    (click(type="revenue", revenue=-1, click_id="c"), "bad_value", "revenue"),
    (click(type="refund", revenue=1, cost=-1), "bad_value", "cost"),
    (click(type="revenue", revenue=-1, cost=-1, revenue_stage="adjusted", click_id="c"), "bad_value", "cost"),
    (click(type="revenue", click_id="c"), "missing_field", "revenue"),
    (click(type="revenue", revenue=1), "missing_field", "transaction_id"),
    (click(type="revenue", revenue=1, transaction_id=" "), "missing_field", "transaction_id"),
    (click(type="refund"), "missing_field", "revenue"),
    (click(revenue_stage="maybe"), "bad_value", "revenue_stage"),
    (click(revenue_stage=["final"]), "bad_value", "revenue_stage"),
    (click(currency="EURO"), "bad_value", "currency"),
    (click(currency="E1R"), "bad_value", "currency"),
    (click(currency="€€€"), "bad_value", "currency"),
    (click(currency=978), "bad_value", "currency"),
]  # fmt: skip
COUNTS = [
    (click(count=count), code, "count")
    for count, code in ((0, "bad_value"), (-1, "bad_value"), (10**12 + 1, "bad_value"), ("x", "bad_type"),
                        ("-1", "bad_type"), ("1.0", "bad_type"), ("²", "bad_type"), ("9" * 20, "bad_type"),
                        (Decimal("1.5"), "bad_type"), (True, "bad_type"), ([], "bad_type"))
]  # fmt: skip
TIMES = [
    (click(occurred_at=time), code, "occurred_at")
    for time, code in (("2026-11-23T09:15:01Z", "bad_time"), ("9999-12-31T23:59:59Z", "bad_time"),
                       ("1970-01-01T00:00:00Z", "bad_time"), ("1999-12-31T23:59:59Z", "bad_time"), (0, "bad_time"),
                       (-1, "bad_time"), (10**39, "bad_time"), (Decimal("1e40"), "bad_time"), (1e9, "bad_type"),
                       (Decimal("1E-400"), "bad_time"), ("0001-01-01T00:00:00+14:00", "bad_time"),
                       ("9999-12-31T23:59:59-14:00", "bad_time"), ("yesterday", "bad_time"), ("08:00", "bad_time"),
                       ("2026-13-01T00:00:00Z", "bad_time"), ("2026-11-23T25:00:00Z", "bad_time"),
                       ("2026-11-23T08:00:00\ud800", "bad_time"), ("1795420800000000", "bad_time"),
                       (True, "bad_type"), ([TIME], "bad_type"), ({}, "bad_type"))
]  # fmt: skip
CHOICES = [
    (click(traffic="bot"), "bad_value", "traffic"),
    (click(traffic=["human"]), "bad_value", "traffic"),
    (click(consent="no"), "bad_value", "consent"),
    (click(consent=False), "bad_value", "consent"),
]
STATEMENTS = [
    (without(REPORT, "day"), "missing_field", "day"),
    (without(REPORT, "level"), "missing_field", "level"),
    (without(REPORT, "ad_id"), "missing_field", "ad_id"),
    (REPORT | {"level": "campaign"}, "missing_field", "campaign_id"),
    (REPORT | {"level": "account"}, "bad_value", "level"),
    (REPORT | {"level": ["ad"]}, "bad_value", "level"),
    (REPORT | {"day": 20261122}, "bad_type", "day"),
    (REPORT | {"day": "22.11.2026"}, "bad_time", "day"),
    (REPORT | {"day": "2026-11-31"}, "bad_time", "day"),
    (REPORT | {"day": "2026-11-22T00:00:00Z"}, "bad_time", "day"),
    (REPORT | {"day": "1999-12-31"}, "bad_time", "day"),
    (REPORT | {"day": "2100-01-02"}, "bad_time", "day"),
    (REPORT | {"cost": "-1"}, "bad_value", "cost"),
    (REPORT | {"platform_revenue": "-1"}, "bad_value", "platform_revenue"),
    (REPORT | {"clicks": -1}, "bad_value", "clicks"),
    (REPORT | {"occurred_at": "2026-11-24T00:00:00Z"}, "bad_time", "occurred_at"),
    (without(CELL, "day"), "missing_field", "day"),
    (without(CELL, "revenue"), "missing_field", "revenue"),
    (CELL | {"revenue": "-1"}, "bad_value", "revenue"),
    ({"type": "ad"}, "missing_field", "ad_id"),
    ({"type": "ad", "ad_id": "1", "valid_from": "soon"}, "bad_time", "valid_from"),
    ({"type": "ad", "ad_id": "1", "valid_from": "2027-01-01T00:00:00Z"}, "bad_time", "valid_from"),
    ({"type": "ad", "ad_id": "1", "rac": 1}, "bad_type", "rac"),
]


@pytest.mark.parametrize(
    ("value", "code", "field"), [*SHAPES, *IDS, *TEXTS, *MONEY, *COUNTS, *TIMES, *CHOICES, *STATEMENTS]
)
def test_a_bad_item_has_one_reason_and_one_culprit(value: Any, code: str, field: str):
    assert refusal(value) == (code, field)


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**39), 10**39), st.decimals(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=())), st.from_regex(r"[+-]?[0-9.]{1,12}([eE][+-]?[0-9]{1,12})?"),
    st.from_regex(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?)?"), st.from_regex(r"-?\d{9,14}(\.\d+)?"),
    st.sampled_from([TIME, "2026-11-22", "ad", "final", "human", "denied", "USD", "1.5", "{{ad.id}}"]),
)  # fmt: skip
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))
KEYS = st.one_of(st.sampled_from(sorted(KNOWN)), st.text(st.characters(exclude_categories=()), max_size=20))
STARTS = st.sampled_from([{}, click(), REPORT, CELL, {"type": "ad", "ad_id": "1"}, click(type="revenue", click_id="c")])
TYPES = st.sampled_from([{}, *({"type": kind} for kind in (*INTERACTION_TYPES, *STATEMENT_TYPES))])
OBJECTS = st.builds(lambda *parts: parts[0] | parts[1] | parts[2], STARTS, st.dictionaries(KEYS, VALUES), TYPES)


@settings(max_examples=200, deadline=None)
@given(st.one_of(OBJECTS, VALUES))
def test_whatever_json_holds_becomes_an_item_or_a_named_reason(value: Any):
    try:
        parsed = parse_item(value, 0, context())
    except ItemRefusedError as error:
        assert error.code in REASONS
        assert orjson.dumps([error.field, error.detail, error.words()])
    else:
        assert orjson.dumps(parsed, default=str)  # both the journal and the answer can hold it
