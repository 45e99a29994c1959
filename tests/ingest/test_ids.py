"""This module owns the promises about ids that identify nothing: nobody is joined by them, everybody can see them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.items.ids import (
    AD_FIELDS,
    JOINING_FIELDS,
    PERSONAL_FIELDS,
    check_id,
    id_macro,
    is_no_id,
    is_placeholder_id,
    scrub,
)
from ingest.rejection import ItemRefusedError

REAL = (
    "c-9", "v-7", "7", "01", "120210000000000123", "IwAR0x_aem_AbC", "EAIaIQobChMI", "GA1.2.123.456", "fb.1.1736.99",
    "6f9619ff-8b86-d011-b42d-00cf4fc964ff", "{A1B2C3D4-8B86-D011-B42D-00CF4FC964FF}", "jane", "order 7", "#1042",
    "undefined-behaviour", "nullable", "Nano", "0.1", "t_0", "静かな", "none-of-the-above", "replacement",
)  # fmt: skip
NOTHING = (
    "undefined", "Undefined", "null", "NULL", "None", "nil", "NaN", "0", "0000", "-", "--", "?", "{}", "[]", '""',
    "'null'", "[object Object]", "true", "False", "unknown", "(not set)", "not set", "N/A", "#N/A", "\\N",
    "00000000-0000-0000-0000-000000000000", "REPLACE", "REPLACE_ME", "YOUR_CLICK_ID", "your-id", "<click_id>", "(none)",
)  # fmt: skip
NOBODY = (
    "anonymous",
    "Guest",
    "distinct_id",
    "not_authenticated",
    "email",
    "test",
    "user",
    "click_id",
    "NA",
    "order_id",
)
MACROS = ("{{ad.id}}", "{click_id}", "__CLICKID__", "${CLICK}", "%%CLICK%%", "[CLICK_ID]", "#s2#", "%7B%7Bad.id%7D%7D",
          "%257Bclick_id%257D", "c-{{ad.id}}", "{campaignid}", "{gclid}")  # fmt: skip


@pytest.mark.parametrize("field", [*JOINING_FIELDS, "id"])
@pytest.mark.parametrize("text", REAL)
def test_an_id_stays(text: str, field: str):
    assert not is_no_id(text, field)


@pytest.mark.parametrize("field", JOINING_FIELDS)
@pytest.mark.parametrize("text", NOTHING)
def test_what_programs_write_for_nothing_is_no_id_of_anything(text: str, field: str):
    assert is_placeholder_id(text, field)


@pytest.mark.parametrize("text", NOBODY)
def test_a_name_for_everybody_is_nobody_but_may_be_an_offer(text: str):
    assert all(is_placeholder_id(text, field) for field in PERSONAL_FIELDS)
    assert not any(is_placeholder_id(text, field) for field in (*AD_FIELDS, "sub_id", "id"))


@pytest.mark.parametrize("text", MACROS)
def test_a_macro_is_no_id(text: str):
    assert id_macro(text) is not None


def test_what_is_joined_by_stays_and_nothing_is_said():
    known = {"id": "1", "click_id": "c-9", "ad_id": "7", "revenue": 3, "click_ids": {"fbclid": "x"}}
    before, rest, warnings = {**known}, {}, []
    assert scrub(known, rest, warnings) is False
    assert (known, rest, warnings) == (before, {}, [])


def test_a_placeholder_is_taken_off_the_row_and_stays_visible():
    known = {"click_id": "undefined", "ad_id": "0", "campaign_id": "test", "transaction_id": "test"}
    rest, warnings = {}, []
    assert scrub(known, rest, warnings) is False
    assert known == {"campaign_id": "test"}
    assert rest == {"click_id": "undefined", "ad_id": "0", "transaction_id": "test"}
    assert "click_id: 'undefined' is a placeholder; kept in properties, nothing is joined by it" in warnings
    assert len(warnings) == 3


@pytest.mark.parametrize("field", JOINING_FIELDS)
def test_a_macro_in_any_joining_id_is_seen_and_taken_off(field: str):
    known, rest, warnings = {field: "{{ad.id}}"}, {}, []
    assert scrub(known, rest, warnings) is True
    assert (known, rest) == ({}, {field: "{{ad.id}}"})
    assert warnings == [
        f"{field}: '{{{{ad.id}}}}' holds a macro that nobody replaced; kept in properties, nothing is joined by it"
    ]


def test_the_values_of_click_ids_are_looked_at_one_by_one():
    known = {"click_ids": {"fbclid": "IwAR0x", "gclid": "{gclid}", "ttclid": "undefined"}}
    rest, warnings = {}, []
    assert scrub(known, rest, warnings) is True
    assert known == {"click_ids": {"fbclid": "IwAR0x"}}
    assert rest == {"click_ids": {"gclid": "{gclid}", "ttclid": "undefined"}}
    assert len(warnings) == 2


def test_a_macro_beside_words_marks_the_traffic_but_an_items_own_id_stays():
    known, rest = {"id": "7-{click_id}"}, {}
    assert scrub(known, rest, []) is True
    assert (known, rest) == ({"id": "7-{click_id}"}, {})


@pytest.mark.parametrize(
    ("text", "shown"),
    [("jane@example.com-{click_id}", "{click_id}"), ("jane-%7Bclick_id%7D", "(an encoded macro)")],
)
def test_what_stands_beside_a_macro_in_a_visitors_id_is_not_kept(text: str, shown: str):
    known, rest, warnings = {"visitor_id": text}, {}, []
    assert scrub(known, rest, warnings) is True
    assert rest == {"visitor_id": shown}
    assert "jane" not in warnings[0]


@pytest.mark.parametrize("text", ["0", "1", "test", "evt_1", "7-{click_id}", "{A1B2C3D4-8B86-D011-B42D-00CF4FC964FF}"])
def test_an_item_may_call_itself_so(text: str):
    check_id(text)


@pytest.mark.parametrize(
    "text", ["undefined", "null", "[object Object]", "-", "{event_id}", "%7Bevent_id%7D", "\ud83c-{"]
)
def test_an_item_whose_id_is_no_id_is_refused_by_name(text: str):
    if text.startswith("\ud83c"):
        text = "\ud83c"
    with pytest.raises(ItemRefusedError) as refused:
        check_id(text)
    assert (refused.value.code, refused.value.field) == ("bad_value", "id")
    refused.value.words().encode()


@given(st.text(st.characters(exclude_categories=()), max_size=60), st.sampled_from([*JOINING_FIELDS, "id", ""]))
def test_any_string_is_judged(text: str, field: str):
    assert is_no_id(text, field) in (True, False)
    known, rest = {field: text}, {}
    scrub(known, rest, [])
    assert set(known) | set(rest) == {field}
