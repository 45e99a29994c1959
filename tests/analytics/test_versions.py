"""This module owns what a goal's later versions do: replaced by the newest statement, ignored, or withdrawn."""

from datetime import timedelta
from pathlib import Path

import pytest
from journeys import HOUR, START, Books, item, journey


@pytest.fixture
def sold(tmp_path: Path) -> Books:
    books = Books(tmp_path)
    books.post(*journey("A"))
    return books


def order(at=START + 2 * HOUR, revenue: str = "30", **more):
    return item("conversion", "order-1", at, visitor_id="v", transaction_id="order-1", revenue=revenue, **more)


def totals(books: Books) -> list[tuple]:
    books.ready()
    return books.query(
        "select sum(conversions)::int, sum(revenue_settled + revenue_provisional)::double, max(day) from facts_daily"
        " where conversion_kind is not null"
    )


def test_the_newest_statement_of_an_order_counts_whatever_the_order_of_arrival(sold: Books):
    newer, older = order(revenue="25", updated_at="2026-09-15T08:00:00Z"), order()
    for version in (newer, older):
        sold.post(version)
    assert totals(sold) == [(1, 25.0, START.date())]


def test_an_order_stays_on_its_first_day_though_a_later_version_says_another(sold: Books):
    sold.post(order(), order(at=START + timedelta(days=3), revenue="25"))
    assert totals(sold) == [(1, 25.0, START.date())]


def test_a_withdrawn_conversion_counts_as_none_and_earns_nothing(sold: Books):
    sold.post(order(), order(revenue="0", count=0, updated_at="2026-09-15T08:00:00Z"))
    assert totals(sold) in ([(0, 0.0, None)], [(None, None, None)])
    ledger = ("select coalesce(sum(conversions), 0)::int, coalesce(sum(revenue), 0)::double from attribution_ledger"
              " where bucket = 'total'")  # fmt: skip
    assert sold.query(f"{ledger} and conversion_kind = 'purchase'") == [(0, 0.0)]


def test_what_was_withdrawn_counts_again_once_it_is_stated_again(sold: Books):
    sold.post(order(), order(revenue="0", count=0, updated_at="2026-09-15T08:00:00Z"))
    sold.post(order(revenue="31", updated_at="2026-09-16T08:00:00Z"))
    assert totals(sold) == [(1, 31.0, START.date())]


def test_under_the_policy_ignore_the_first_statement_counts_and_a_withdrawal_still_withdraws(sold: Books):
    versions = [order(), order(revenue="99", updated_at="2026-09-15T08:00:00Z")]
    sold.post(*versions, repeats="ignore")
    assert totals(sold) == [(1, 30.0, START.date())]
    sold.post(order(revenue="0", count=0, updated_at="2026-09-15T07:00:00Z"), repeats="ignore")
    assert totals(sold) in ([(0, 0.0, None)], [(None, None, None)])
