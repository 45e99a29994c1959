"""This module owns the promises of the evidence: sums of closed days, compared with the rest of the scope by hand."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from journeys import NOW, Books, Item, item, report, shown

TODAY = NOW.date()


def click(identity: str, days_ago: int, name: str, **more: Any) -> Item:
    morning = datetime.combine(TODAY - timedelta(days=days_ago), datetime.min.time()) + timedelta(hours=8)
    fields = {"network": "facebook", "campaign_id": "c1", "ad_id": f"ad-{name}", "country": "US", "account_id": "act_1"}
    return item("click", identity, morning, click_id=identity, visitor_id=identity,
                referrerAdCreative=shown(name), **fields | more)  # fmt: skip


def order(identity: str, days_ago: int, revenue: str) -> Item:
    morning = datetime.combine(TODAY - timedelta(days=days_ago), datetime.min.time()) + timedelta(hours=9)
    return item("conversion", f"o-{identity}", morning, revenue=revenue, visitor_id=identity,
                conversion_kind="purchase", transaction_id=f"t-{identity}")  # fmt: skip


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """Two days ago A and B meet on mobile and not on desktop; today counts for nothing yet."""
    books = Books(tmp_path_factory.mktemp("evidence"), kind="shop")
    mobile = [click(f"a{n}", 2, "A", device="mobile") for n in range(2)]
    mobile += [click(f"b{n}", 2, "B", device="mobile") for n in range(6)]
    books.post(*mobile, click("alone", 2, "A", device="desktop"), click("today", 0, "A", device="mobile"),
               order("a0", 2, "30"), order("b0", 2, "10"), order("b1", 2, "10"), order("alone", 2, "99"),
               report(TODAY - timedelta(days=2), "4.50", ad_id="ad-A", campaign_id="c1", country="US"),
               report(TODAY - timedelta(days=3), "2.00", ad_id="ad-A", campaign_id="c1", country="US"))  # fmt: skip
    return books.build()


def days(books: Books, name: str, columns: str) -> list[Any]:
    """Those columns of a creative's days, the oldest first."""
    query = (
        f"select {columns} from evidence_days join creatives using (creative_id) where creative_text = ? order by day"
    )
    return books.query(query, shown(name))


def test_a_closed_day_holds_its_clicks_money_and_cost(books: Books) -> None:
    columns = "clicks, converted, conversions, revenue, revenue_squared, cost, cost_allocated"
    assert days(books, "A", columns) == [
        (0, 0, 0, 0, 0.0, 2, 0), (3, 2, 2, Decimal(129), 30.0**2 + 99**2, Decimal("4.5"), 0)
    ]  # fmt: skip


def test_a_creative_is_compared_where_others_have_clicks_too(books: Books) -> None:
    *_, (share, rest, weight) = days(books, "A", "clicks_compared, rest_compared, weight_compared")
    assert (share, rest, weight) == (2, 6, Decimal("1.5"))  # desktop has no other; 2 * 6 / 8
    assert days(books, "B", "clicks_compared, rest_compared, weight_compared") == [(6, 2, Decimal("1.5"))]


def test_conversions_are_compared_by_mantel_and_haenszel(books: Books) -> None:
    names = ("observed", "expected", "variance", "variance_apart")
    *_, found = days(books, "A", ", ".join(f"cast(converted_{name} as double)" for name in names))
    assert found == pytest.approx((1, 3 * 2 / 8, 2 * 6 * 3 * 5 / (64 * 7), (36 * 1 + 4 * 2) / 64))


def test_money_is_compared_capped_by_the_permutation_of_its_squares(books: Books) -> None:
    names = ("observed", "expected", "variance", "variance_apart")
    *_, found = days(books, "A", ", ".join(f"cast(capped_{name} as double)" for name in names))
    squares = 30**2 + 2 * 10**2
    of_permutation = 2 * 6 / (8 * 7) * (squares - 50**2 / 8)
    assert found == pytest.approx((30, 50 * 2 / 8, of_permutation, (36 * 900 + 4 * 200) / 64))


def test_both_sides_of_a_comparison_of_two_are_one(books: Books) -> None:
    """What one has above expectation, the other has below it."""
    *_, (above, one) = days(books, "A", "converted_observed - converted_expected, converted_variance")
    ((below, other),) = days(books, "B", "converted_observed - converted_expected, converted_variance")
    assert (above, one) == (-below, other)


def test_evidence_is_kept_until_the_day_is_over(tmp_path_factory: pytest.TempPathFactory) -> None:
    books = Books(tmp_path_factory.mktemp("kept"), kind="shop")
    books.post(click("a", 2, "A"), click("b", 1, "B"))
    before = books.build().query("select creative_id, day, clicks from evidence_days order by day")
    books.post(click("late", 2, "A"))
    assert books.build().query("select creative_id, day, clicks from evidence_days order by day") == before
    later = books.build(NOW + timedelta(days=1)).query("select sum(clicks) from evidence_days")
    assert (len(before), later) == (2, [(3,)])


def test_evidence_that_saw_less_than_half_of_what_is_known_is_made_anew(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    books = Books(tmp_path_factory.mktemp("grown"), kind="shop")
    books.post(click("a", 2, "A"))
    books.build()
    books.post(report(TODAY - timedelta(days=2), "3.00", ad_id="ad-A", campaign_id="c1", country="US"))
    assert books.build().query("select sum(cost) from evidence_days") == [(3,)]


def many(count: int, days_ago: int, start: int = 0) -> list[Item]:
    return [click(f"{days_ago}-{n}", days_ago, "A") for n in range(start, start + count)]


def test_the_last_days_of_a_history_count_by_themselves(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Played in day by day, they are a small part of all days, and the whole of the verdicts of the last windows."""
    books = Books(tmp_path_factory.mktemp("played"), kind="shop", attribution={"maturity_days": 2})
    books.post(*many(600, 20), *many(40, 5))
    assert books.build().query("select max(mature_clicks) from verdicts where window_days = 7") == [(40,)]
    books.post(*many(50, 4))  # by two per hundred of all, and by more than twice of seven days
    assert books.build().query("select max(mature_clicks) from verdicts where window_days = 7") == [(90,)]
    assert books.query("select max(mature_clicks) from verdicts where window_days = 0") == [(690,)]


def test_what_grew_little_counts_when_the_import_is_over(tmp_path_factory: pytest.TempPathFactory) -> None:
    books = Books(tmp_path_factory.mktemp("over"), kind="shop", attribution={"maturity_days": 2})
    books.post(*many(500, 5))
    books.build()
    total = "select sum(clicks) from evidence_days"
    books.post(*many(30, 5, start=500), at=NOW - timedelta(seconds=30))
    assert books.build().query(total) == [(500,)]  # more may be on its way
    assert books.build(NOW + timedelta(seconds=40)).query(total) == [(530,)]
    books.post(*many(10, 5, start=530), at=NOW + timedelta(seconds=50))
    assert books.build(NOW + timedelta(minutes=5)).query(total) == [(530,)]  # less than two per hundred: tomorrow
