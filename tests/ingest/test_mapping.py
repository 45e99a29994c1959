"""This module owns the language of profiles: what every path points at, what every operation makes of a value."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from postbacks import get, posted
from pydantic import ValidationError

from ingest.mapping import Mapped, Mapper, Record
from ingest.mapping.operations import getter
from ingest.mapping.rules import Rules
from ingest.mapping.scope import Moment, followed
from ingest.mapping.ways import Way
from ingest.profile import names, profile

RECEIVED = datetime(2026, 11, 23, 9, 0)  # noqa: DTZ001 (naive UTC)
BODY = {
    "id": 2**53 + 1, "paid": True, "price": Decimal("12.50"), "blank": " ", "nothing": None, "macro": "{ad_id}",
    "text": "a|b|c", "inner": {"deep": {"x": "y"}}, "json": '{"revenue": 12.5, "items": [{"id": 1}]}',
    "url": "/p?rac=Quiet%20SUVs&empty=&ad_id=1202",
    "list": [{"k": "a", "n": 1}, {"k": "b", "n": 2}, {"k": "a", "n": "x"}],
    "rows": [{"cells": [{"v": "1"}, {"v": "2.5"}]}, {"cells": [{"v": 3}]}, {}], "none": [], "currency": "USD",
}  # fmt: skip
RECORD = Record(BODY, ({"outer": 1}, {"near": 2}), {"q": "from the query"}, {"x-topic": "t"}, RECEIVED)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("id", 2**53 + 1), ("inner.deep.x", "y"), ("inner.none.x", None), ("text.x", None), ("nothing", None),
        ("list[1].n", 2), ("list[9].n", None), ("list[k=b].n", 2), ("list[k=z].n", None), ("id[0]", None),
        ("list[].n", [1, 2, "x"]), ("list[][k=a].n", [1, "x"]), ("list[][k=b|z].n", [2]), ("none[].n", []),
        ("id[].n", None),
        ("rows[].cells[].v", ["1", "2.5", 3]), ("json.revenue", Decimal("12.5")), ("json.items[0].id", 1),
        ("text[0]", None),
        ("^.near", 2), ("^^.outer", 1), ("^^^.outer", None), ("?q", "from the query"), ("?none", None),
        ("@X-Topic", "t"),
        ("=fixed", "fixed"), ("=a or b", "a or b"), (".", BODY), ("$received", Moment("2026-11-23T09:00:00Z", "")),
        ("url?rac", "Quiet SUVs"), ("url?empty", None), ("url?none", None), ("id?rac", None), ("list[k=a].k", "a"),
        ("nothing or blank or text", "a|b|c"), ("macro or text", "a|b|c"), ("macro or blank", "{ad_id}"),
    ],
)  # fmt: skip
def test_every_path_has_its_value(path: str, expected: Any):
    assert followed(path)(RECORD) == expected


@pytest.mark.parametrize("path", ["a..b", "a[", "a]b", "a[x]", "[0]"])
def test_what_is_no_path_says_so(path: str):
    with pytest.raises(ValueError, match=r"path|neither"):
        followed(path)


def made(**way: Any) -> Any:
    return getter(Way(**way), {"money": Way(**{"from": "price"})})(RECORD)


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ({"from": ["nothing", "blank", "price"]}, Decimal("12.50")),
        ({"from": "price", "prefix": "$"}, "$12.50"),
        ({"from": "paid", "map": {"true": "yes"}}, "yes"),
        ({"from": "text", "map": {"x": "y"}}, None),
        ({"from": "text", "map": {"x": "y"}, "other": "z"}, "z"),
        ({"from": "text", "map": {"x": "y"}, "other": "$same"}, "a|b|c"),
        ({"from": "nothing", "map": {"x": "y"}, "other": "z"}, None),
        ({"from": "text", "split": "|", "part": -1}, "c"),
        ({"from": "text", "split": "|", "part": 3}, None),
        ({"from": "@x-topic", "prefix": "A", "lower": True}, "At"),
        ({"from": "url", "url_param": ["none", "ad_id"]}, "1202"),
        ({"first": [{"from": "paid", "map": {"false": "no"}}, {"from": "text"}]}, "a|b|c"),
        ({"first": ["macro", "text"]}, "a|b|c"),
        ({"join": ["inner.deep.x", "price"], "with": "#"}, "y#12.50"),
        ({"join": ["inner.deep.x", "nothing"]}, None),
        ({"join": ["inner.deep.x", "macro"]}, None),
        ({"digest": ["nothing", "blank"]}, None),
        ({"sum": ["price", "list[][k=b].n"], "minus": ["list[0].n", "nothing"]}, "13.50"),
        ({"sum": ["rows[].cells[].v"]}, "6.5"),
        ({"sum": ["none[].n"]}, "0"),
        ({"sum": ["nothing", "blank"]}, None),
        ({"sum": ["text"]}, "not a number"),
        ({"option": "money"}, Decimal("12.50")),
        ({"from": "=1250", "minor_of": "currency"}, "12.50"),
        ({"from": "=1250", "minor_of": "=jpy"}, "1250"),
        ({"from": "=1250", "minor_of": "=KWD"}, "1.250"),
        ({"from": "=500", "minor_of": "=isk", "digits": {"ISK": 2}}, "5.00"),
        ({"from": "=1250", "minor_of": "=zzz"}, "not a number"),
        ({"from": "text", "minor_of": "currency"}, "not a number"),
        ({"from": "=1234567", "divide": 1000000}, "1.234567"),
        ({"from": "price", "divide": 1000}, "0.0125"),
        ({"from": "=1", "divide": 3}, "not a number"),
        ({"from": "text", "divide": 1000000}, "not a number"),
        ({"from": "nothing", "divide": 1000000}, None),
        ({"from": "=23/11/2026 10:00", "format": "%d/%m/%Y %H:%M"}, "2026-11-23T10:00:00"),
        ({"from": "text", "format": "%d"}, "a|b|c"),
        ({"from": "=1763888400123", "unit": "ms"}, Decimal("1763888400.123")),
        ({"from": "text", "unit": "s"}, "a|b|c"),
        ({"from": "id", "prefix": "n", "stamped": True}, f"n{2**53 + 1} 2026-11-23T09:00:00Z"),
        ({"from": "nothing", "stamped": True}, None),
    ],
)  # fmt: skip
def test_every_operation_has_its_result(way: dict[str, Any], expected: Any):
    assert made(**way) == expected


def test_a_digest_stands_for_its_values_and_for_no_others():
    one = made(digest=["id", "text"])
    assert len(one) == 32 and one == made(digest=["id", "text"])
    assert len({one, made(digest=["text", "id"]), made(digest=["id", "text", "nothing"]), made(digest=["id"])}) == 4


@pytest.mark.parametrize(
    ("said", "sent_at", "expected"),
    [
        ("2026-11-23T07:00:00Z", "2026-11-23T08:00:00Z", Moment("2026-11-23T08:00:00Z", "2026-11-23T07:00:00Z")),
        (
            "2026-11-23T07:00:00+01:00",
            "2026-11-23T06:30:00Z",
            Moment("2026-11-23T08:30:00Z", "2026-11-23T07:00:00+01:00"),
        ),
        ("2026-11-23T07:00:00Z", "yesterday", "2026-11-23T07:00:00Z"),
        ("2026-11-23T07:00:00", "2026-11-23T08:00:00Z", "2026-11-23T07:00:00"),
        ("0001-01-01T00:00:00Z", "9999-12-31T00:00:00Z", "0001-01-01T00:00:00Z"),
    ],
)
def test_a_sender_s_clock_is_corrected_where_both_times_are_known(said: str, sent_at: str, expected: Any):
    record = Record({"at": said, "sent": sent_at}, received_at=RECEIVED)
    assert getter(Way(**{"from": "at", "sent_at": "sent"}), {})(record) == expected


@pytest.mark.parametrize("way", [{}, {"from": "a", "join": ["b"]}, {"from": "a", "unknown": 1}])
def test_a_way_has_exactly_one_origin(way: dict[str, Any]):
    with pytest.raises(ValidationError):
        Way(**way)


FIELDS = {"id": "id", "occurred_at": "at"}


def mapped(rules: dict[str, Any], body: Any, **chosen: str) -> list[Mapped]:
    return list(Mapper(Rules(**rules), chosen, "replace").map(Record(body, (), {}, {"x-topic": "t"}, RECEIVED)))


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        ({"kind": "Click"}, True), ({"kind": ["view", "click"]}, True), ({"kind": "view"}, False),
        ({"kind": "*"}, True),
        ({"kind": "*ck"}, True), ({"kind": "*view"}, False), ({"none": ""}, True), ({"none": "*"}, False),
        ({"macro": "*"}, False), ({"macro": ""}, True), ({"macro": "{type}"}, True), ({"amount": "<0"}, True),
        ({"amount": ">0"}, False), ({"amount": "-1"}, True), ({"kind": "<0"}, False), ({"none or kind": "click"}, True),
        ({"@x-topic": "t", "kind": "click"}, True), ({"@x-topic": "t", "kind": "view"}, False),
        ({"kind": "cl*"}, True), ({"kind": "CL*"}, True), ({"kind": "li*"}, False),
        ({"kind": "=same"}, True), ({"kind": ["", "=same"]}, True), ({"kind": "=id"}, False),
        ({"none": "=same"}, False),
        ({"%counts": "all"}, True), ({"%counts": "few"}, False),
    ],
)  # fmt: skip
def test_a_rule_speaks_of_a_record_if_all_its_conditions_hold(when: dict[str, Any], fits: bool):
    option = {"about": "", "default": "all", "choices": {"all": "=all", "few": "=few"}}
    rules = {"items": [{"when": when, "type": "click", "fields": FIELDS}], "options": {"counts": option}}
    [found] = mapped(
        rules, {"kind": "click", "macro": "{type}", "amount": "-1.00", "id": "1", "at": "x", "same": "click"}
    )
    assert bool(found.value) is fits
    assert bool(found.unknown) is not fits


def test_a_type_of_ours_is_read_from_the_record_and_another_one_is_no_fit():
    rules = {"items": [{"type_of": {"from": "kind", "split": ".", "part": -1}, "fields": FIELDS}]}
    [found] = mapped(rules, {"kind": "com.x.click", "id": "1"})
    assert found.value and found.value["type"] == "click"
    [other] = mapped(rules, {"kind": "com.x.order", "id": "1"})
    assert other.unknown == "kind = 'com.x.order'"


def test_an_option_that_follows_another_is_decided_with_it_and_cannot_be_set():
    choices = {"a": "one", "b": "two"}
    options = {"money": {"about": "", "default": "a", "choices": choices},
               "back": {"about": "", "default": "a", "follows": "money", "choices": choices}}  # fmt: skip
    rules = {"items": [{"type": "click", "fields": {"id": {"option": "back"}}}], "options": options}
    [found] = mapped(rules, {"one": "1", "two": "2"}, money="b")
    assert found.value and found.value["id"] == "2"
    for chosen, words in (({"back": "b"}, "it has money"), ({"money": "c"}, "one of a, b")):
        with pytest.raises(ValueError, match=words):
            Mapper(Rules(**rules), chosen, "replace")


def test_what_a_platform_did_not_fill_in_is_no_property():
    rules = {"items": [{"type": "click", "rest": True, "fields": FIELDS, "properties": {"named": "name"}}]}
    [found] = mapped(rules, {"id": "1", "name": "{campaign_name}", "sub": "__SUB__", "kept": "x"})
    assert found.value and found.value["properties"] == {"kept": "x"}


@pytest.mark.parametrize(
    ("text", "is_unedited"),
    [("REPLACE_CLICK_ID", True), ("REPLACE_NETWORK", True), ("REPLACE_WINDOWS_US", False), ("replace_network", False)],
)
def test_what_nobody_edited_in_an_address_of_ours_is_not_filled_in(text: str, is_unedited: bool):
    rules = {"items": [{"type": "click", "fields": FIELDS | {"network": "net", "campaign_name": "net"}}]}
    [found] = mapped(rules, {"id": "1", "net": text})
    assert found.value and ("network" not in found.value) is is_unedited
    assert bool(found.warnings) is is_unedited


def test_a_system1_address_that_nobody_edited_is_review_traffic_with_ids_of_its_own(tmp_path: Path):
    query = profile("system1").url
    first, second = posted(tmp_path, "system1", get(query), get(query))
    assert first["id"] != second["id"] and first["traffic"] == second["traffic"] == "review"
    assert not {"network", "click_id", "campaign_id", "ad_id"} & first.keys()
    (edited,) = posted(tmp_path / "edited", "system1", get(query.replace("REPLACE_CLICK_ID", "c-1")))
    assert (edited["id"], edited["click_id"], edited.get("traffic")) == ("impression:c-1", "c-1", None)


SCALARS = st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=8)
SCALARS |= st.sampled_from(
    ["{x}", "1e999999", "-1e999999", "sNaN", "[1]", '{"a":', "//[", "\ud83c", "2026-11-23T08:00:00Z"]
)
TOLD = {step for name in names() for rule in profile(name).items for path in rule.when for step in path.split(".")}
READ = ("id", "type", "data", "object", "amount", "value", "created", "batch", "event", "transactions", "landing_site")
KEYS = st.text(max_size=4) | st.sampled_from(sorted(TOLD | set(READ)))
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=20
)
EVERY = [
    (name, Mapper(profile(name), {}, profile(name).repeats)) for name in names() if not profile(name).read.canonical
]


@given(st.sampled_from(EVERY), JSON, st.dictionaries(st.sampled_from(["x-shopify-topic"]), st.text(max_size=20)))
def test_no_record_breaks_a_mapper(mapper: tuple[str, Mapper], value: Any, headers: dict[str, str]):
    found = list(mapper[1].map(Record(value, ({}, value), {}, headers, RECEIVED)))
    assert all(bool(each.value) + bool(each.ignored) + bool(each.unknown) == 1 for each in found)
