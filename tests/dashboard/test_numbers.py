"""How numbers are written."""

from datetime import UTC, date, datetime, timedelta

import pytest

from dashboard import numbers


@pytest.mark.parametrize(
    ("value", "currency", "words"),
    [
        (1234567.4, "USD", "$1,234,567"), (12.345, "USD", "$12.35"), (0.1234, "USD", "$0.123"), (0, "USD", "$0.00"),
        (-45.5, "USD", "−$45.50"), (-0.0001, "USD", "$0.000"), (9.5, "CHF", "CHF 9.50"), (None, "USD", "n/a"),
        (float("nan"), "USD", "n/a"), (float("inf"), "EUR", "n/a"),
    ],
)  # fmt: skip
def test_money_has_a_symbol_thousands_and_digits_by_size(value, currency, words):
    assert numbers.money(value, currency) == words


@pytest.mark.parametrize(
    ("value", "words"), [(0.3125, "31.2%"), (0.0457, "4.57%"), (0.00821, "0.82%"), (1, "100.0%"), (None, "n/a")]
)
def test_a_share_has_three_digits_that_mean_something(value, words):
    assert numbers.percent(value) == words


def test_an_interval_says_to_where_a_minus_would_blur_the_dash():
    assert numbers.interval(0.08, 0.17, "times", "USD") == "0.08–0.17"
    assert numbers.interval(0.08, 0.17, "money", "USD") == "$0.080–$0.170"
    assert numbers.interval(-0.02, 0.17, "money", "USD") == "−$0.020 to $0.170"
    assert numbers.interval(None, 0.17, "money", "USD") == ""


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (112.5, 100, "+12.5%"),
        (96, 100, "−4.0%"),
        (250, 100, "+150%"),
        (1300, 100, "×13"),
        (0, 100, "−100%"),
        (100.01, 100, "unchanged"),
    ],
)
def test_a_change_is_relative_and_signed(now, before, words):
    ratio = numbers.change(now, before)
    assert ratio is not None
    assert numbers.change_words(ratio) == words


@pytest.mark.parametrize(("now", "before"), [(1, 0), (1, None), (None, 1), (5, -3), (float("nan"), 1), (37.3, 0.01)])
def test_a_change_from_nothing_is_no_change(now, before):
    assert numbers.change(now, before) is None


def test_days_are_written_once_where_they_share_a_month_or_year():
    assert numbers.days_between(date(2026, 11, 17), date(2026, 11, 23)) == "17–23 Nov 2026"
    assert numbers.days_between(date(2026, 10, 28), date(2026, 11, 3)) == "28 Oct – 3 Nov 2026"
    assert numbers.days_between(date(2025, 12, 30), date(2026, 1, 2)) == "30 Dec 2025 – 2 Jan 2026"
    assert numbers.days_between(date(2026, 11, 23), date(2026, 11, 23)) == "23 Nov 2026"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "just now"), (10, "just now"), (240, "4 min ago"), (3 * 3600, "3 h ago"), (2 * 86400, "2 days ago")],
)  # fmt: skip
def test_an_age_is_said_in_words(seconds, words):
    now = datetime(2026, 11, 23, tzinfo=UTC)
    assert numbers.age(now - timedelta(seconds=seconds), now) == words
