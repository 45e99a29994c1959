"""This module owns how headings are read: what makes no difference, what is kept, and which of two columns counts."""

from typing import Any

import pytest
from journaling import Desk

from ingest.importing.values import exact, line_of, number
from ingest.mapping.headings import Headings
from ingest.profile import names, profile

COLUMNS = {
    "spend": ("Amount spent ({currency})", "Cost"),
    "clicks": ("Link clicks", "Clicks (all)"),
    "ad_id": ("Ad ID",),
    "impressions": (),
}


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"ad_id": "1"}, {"ad_id": "1"}),
        ({"AD ID": "1", " Impressions ": 2}, {"ad_id": "1", "impressions": 2}),
        ({"Amount spent (EUR)": "5"}, {"spend": "5", "currency": "EUR"}),
        ({"Amount spent (EUR)": "5", "currency": "USD"}, {"spend": "5", "currency": "USD"}),
        ({"Clicks (all)": 9, "Link clicks": 3}, {"Clicks (all)": 9, "clicks": 3}),
        ({"clicks": 1, "Link clicks": 3}, {"clicks": 1, "Link clicks": 3}),
        ({"Amount spent": "5", "Other": "x"}, {"Amount spent": "5", "Other": "x"}),
        ({"Ad ID": {"deep": 1}}, {"Ad ID": {"deep": 1}}),
        ({}, {}),
    ],
)
def test_a_row_is_read_under_the_profile_s_names(row: dict[str, Any], expected: dict[str, Any]):
    assert Headings(COLUMNS).renamed(row) == expected


@pytest.mark.parametrize("name", names())
def test_no_heading_of_a_profile_stands_for_two_names(name: str):
    columns = profile(name).read.columns
    headings = Headings(columns)
    for column, called in columns.items():
        for heading in called:
            match = headings.match(heading.replace("{", "").replace("}", ""))
            assert match is not None and match.name == column, heading


@pytest.mark.parametrize(
    ("text", "decimal_comma", "grouped", "expected"),
    [
        ("12.34", False, True, "12.34"), (" 1,234.50 ", False, True, "1234.50"), ("1,234", False, True, "1234"),
        ("12,34", True, False, "12.34"), ("1.234,50", True, False, "1234.50"), ("1.234", True, False, "1234"),
        ("61.0", False, True, "61"), ("61", True, False, "61"), ("--", False, True, ""), ("$5", False, True, "$5"),
        ("1,23,4", False, True, "1,23,4"), ("twelve", True, False, "twelve"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_it_is_written_and_never_guessed(
    text: str, decimal_comma: bool, grouped: bool, expected: str
):
    assert number(text, decimal_comma, grouped) == expected


@pytest.mark.parametrize(
    ("text", "decimal_comma", "grouped"),
    [
        ("1,234", False, False),
        ("12,34", False, True),
        ("1.234,50", False, True),
        ("1.5", True, False),
        ("12.34", True, True),
    ],
)
def test_a_number_that_is_written_the_other_way_is_refused(text: str, decimal_comma: bool, grouped: bool):
    with pytest.raises(ValueError, match=r"is written with a decimal (comma|point)"):
        number(text, decimal_comma, grouped)


def test_a_row_s_line_is_exact_and_without_what_is_blank():
    row = {"a": exact(0.1), "b": exact(2.0), "c": exact(float("nan")), "d": " ", "e": {"f": exact([1.5])}, "g": 2**70}
    assert line_of(row) == b'{"a":"0.1","b":2,"e":{"f":["1.5"]},"g":1180591620717411303424}'


def test_the_door_says_where_two_statements_contradict_each_other(tmp_path: Any):
    cell = {"type": "report", "day": "2026-11-20", "level": "ad", "ad_id": "1", "network": "fb", "cost": "1"}
    with Desk(tmp_path) as desk:
        passage = desk.post(cell, cell | {"cost": "2"}, cell | {"ad_id": "2"}, cell)
        assert [warning.split(":")[0] for warning in passage.warnings] == ["item 1"]
        assert "item 0" in passage.warnings[0] and len(passage.accepted) == 4
        revised = desk.post(
            cell | {"occurred_at": "2026-11-21T00:00:00Z"}, cell | {"occurred_at": "2026-11-22T00:00:00Z"}
        )
        assert revised.warnings == []
