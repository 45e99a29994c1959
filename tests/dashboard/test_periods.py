"""Periods: which days, and which they are compared with."""

from datetime import date

import pytest

from dashboard.periods import compared, days_of
from dashboard.spans import Span
from dashboard.state import State

TODAY, OLDEST = date(2026, 11, 26), date(2025, 1, 1)


def span(first: str, last: str, oldest: date = OLDEST) -> Span:
    return Span(date.fromisoformat(first), date.fromisoformat(last), oldest)


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("1", "2026-11-26", "2026-11-26"),
        ("7", "2026-11-20", "2026-11-26"),
        ("all", "2025-01-01", "2026-11-26"),
        ("today", "2026-11-26", "2026-11-26"),
        ("yesterday", "2026-11-25", "2026-11-25"),
        ("month", "2026-11-01", "2026-11-26"),
        ("lastmonth", "2026-10-01", "2026-10-31"),
        ("2026-02-03..2026-02-05", "2026-02-03", "2026-02-05"),
    ],
)
def test_a_period_has_its_days(period: str, first: str, last: str):
    assert days_of(State(period=period), TODAY, OLDEST) == span(first, last)


@pytest.mark.parametrize(
    ("vs", "given", "first", "last"),
    [
        ("previous", ("2026-11-20", "2026-11-26"), "2026-11-13", "2026-11-19"),
        ("previous", ("2026-11-24", "2026-11-26"), "2026-11-21", "2026-11-23"),
        ("weekdays", ("2026-11-24", "2026-11-26"), "2026-11-17", "2026-11-19"),
        ("weekdays", ("2026-11-13", "2026-11-26"), "2026-10-30", "2026-11-12"),
        ("weekdays", ("2026-11-01", "2026-11-26"), "2026-10-04", "2026-10-29"),
        ("year", ("2026-11-20", "2026-11-26"), "2025-11-20", "2025-11-26"),
    ],
)
def test_a_comparison_has_its_days(vs: str, given: tuple[str, str], first: str, last: str):
    assert compared(State(vs=vs), span(*given)) == span(first, last)


def test_the_29th_of_february_is_compared_with_the_28th():
    leap = span("2028-02-29", "2028-02-29")
    assert compared(State(vs="year"), leap) == span("2027-02-28", "2027-02-28")


def test_there_is_no_comparison_where_nobody_asks_or_the_data_does_not_reach():
    week = span("2026-11-20", "2026-11-26", date(2026, 11, 14))
    assert compared(State(vs="previous"), week) is None
    assert compared(State(vs="none"), span("2026-11-20", "2026-11-26")) is None
    assert compared(State(period="all"), span("2025-01-01", "2026-11-26")) is None
