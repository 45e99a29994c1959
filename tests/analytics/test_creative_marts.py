"""This module owns the promises of the marts about single creatives: their hours, raw texts, searches and aliases."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from journeys import NOW, Books, item, journey, report, shown

from ingest import decisions
from ingest.creative import identify, variant_id

TODAY = NOW.date()
A = identify(shown("A")).creative_id
DAY = timedelta(days=1)
moment = datetime.fromisoformat  # naive UTC, as stored
LONG = "Gutter guards that pay for themselves before the second winter comes: compare three offers near you"


def hours(books: Books, what: str, where: str = "true") -> list[tuple[object, ...]]:
    return books.query(f"select day, hour, began_at, sum({what}) from creative_hourly where {where} group by all"
                       f" having sum({what}) <> 0 order by all")  # fmt: skip


def test_an_hour_is_one_of_the_reporting_zone_also_where_that_is_half_an_hour_off(tmp_path: Path) -> None:
    books = Books(tmp_path, timezone="Asia/Kolkata")  # five and a half hours ahead
    books.post(item("click", "late", moment("2026-11-22 18:20")), item("click", "early", moment("2026-11-22 18:40")))
    assert hours(books.ready(), "clicks") == [
        (date(2026, 11, 22), 23, moment("2026-11-22 17:30"), 1),
        (date(2026, 11, 23), 0, moment("2026-11-22 18:30"), 1),
    ]


def test_the_hour_that_comes_twice_when_a_clock_is_set_back_is_two(tmp_path: Path) -> None:
    books = Books(tmp_path, timezone="America/Los_Angeles")
    twice = [moment("2026-11-01 08:30"), moment("2026-11-01 09:30")]
    books.post(*(item("click", f"c{n}", at) for n, at in enumerate(twice)), at=twice[1] + DAY)
    books.ready(twice[1] + DAY)
    assert hours(books, "clicks") == [(date(2026, 11, 1), 1, at - timedelta(minutes=30), 1) for at in twice]


def test_what_only_a_day_is_known_of_has_no_hour_and_eight_days_are_kept(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(report(TODAY, "10", ad_id="a1", clicks=3), item("click", "c", NOW - timedelta(days=8), cost="0.5"),
               item("click", "d", NOW - timedelta(days=7), cost="0.25"))  # fmt: skip
    books.ready()
    assert hours(books, "cost") == [
        (TODAY - timedelta(days=7), 12, NOW - timedelta(days=7), Decimal("0.25")), (TODAY, None, None, Decimal(10))
    ]  # fmt: skip


@pytest.mark.parametrize(("kind", "hour"), [("shop", 11), ("arbitrage", 8)])
def test_money_is_in_the_hour_of_the_order_and_in_arbitrage_of_the_click(tmp_path: Path, kind: str, hour: int) -> None:
    goal = "ad_click" if kind == "arbitrage" else "conversion"
    at = moment("2026-11-23 08:15")
    books = Books(tmp_path, kind=kind)
    books.post(item("click", "c", at, click_id="k", referrerAdCreative=shown("A")),
               item(goal, "g", at + timedelta(hours=3), click_id="k", revenue="7"))  # fmt: skip
    assert [(row[1], row[3]) for row in hours(books.ready(), "revenue")] == [(hour, Decimal(7))]


def test_a_click_counts_for_the_raw_text_it_came_with_and_its_money_for_the_click(tmp_path: Path) -> None:
    raws = [shown("A"), shown("A").replace(" ", "+"), shown("A").upper()]
    books = Books(tmp_path)
    clicks = [item("click", f"c{n}", NOW - timedelta(days=3), click_id=f"k{n}", referrerAdCreative=raw, ad_id="a1",
                   network="facebook") for n, raw in enumerate([*raws, raws[1], None])]  # fmt: skip
    books.post(*clicks, item("conversion", "o", NOW - DAY, click_id="k1", revenue="9"))
    books.ready()
    assert books.query(
        "select creative_id, variant_id, sum(clicks), sum(revenue) from variant_daily group by all order by all"
    ) == [(A, *rest) for rest in sorted(zip(map(variant_id, raws), (1, 2, 1), (0, 9, 0), strict=True))] + [
        (A, None, 1, 0)
    ]
    assert books.query("select creative_raw, creative_id, interactions, ads from creative_variants order by 1") == [
        (raw, A, n, 1) for raw, n in sorted([(raws[0], 1), (raws[1], 2), (raws[2], 1)])
    ]


def test_what_is_no_text_is_a_variant_without_a_creative(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(item("click", "c", NOW - DAY, referrerAdCreative="{{ad.name}}", ad_id="a1", network="facebook"))
    assert books.ready().query("select status, creative_id, interactions from creative_variants") == [
        ("unresolved_macro", None, 1)
    ]


def test_an_ad_click_that_says_no_term_has_the_one_its_click_searched_for(tmp_path: Path) -> None:
    books = Books(tmp_path, kind="arbitrage")
    for who, terms in (("one", ["used suv"]), ("two", ["used suv", "suv prices"]), ("three", [])):
        books.post(
            item("click", f"c-{who}", NOW - DAY, click_id=who, referrerAdCreative=shown("A")),
            *(item("search_click", f"s-{who}-{term}", NOW - DAY, click_id=who, term=term)
              for term in terms),
            item("ad_click", f"a-{who}", NOW - DAY, click_id=who, revenue="0.5"),
        )  # fmt: skip
    assert books.ready().query("select term, searches, ad_clicks, revenue from creative_term_daily order by term") == [
        ("suv prices", 1, 0, 0), ("used suv", 2, 1, Decimal("0.5")), (None, 0, 2, 1)
    ]  # fmt: skip


@pytest.fixture
def merged(tmp_path: Path) -> Iterator[Books]:
    """B is merged into A, set apart, and merged again; a text cut off is derived, and C's twin overruled."""
    books = Books(tmp_path)
    with closing(books):
        books.post(*journey("A B"), item("click", "l", ad_id="a1", network="facebook", referrerAdCreative=LONG),
                   item("click", "s", ad_id="a1", network="facebook", referrerAdCreative=LONG[:60]))  # fmt: skip
        b = str(identify(shown("B")).creative_id)
        for n, (kind, target, actor) in enumerate([("merge", A, "ann"), ("unmerge", None, "bob"), ("merge", A, "eve")]):
            decisions.append(books.settings.journal_dir, kind, b, target, actor, f"because {n}", at=1_000_000 * (n + 1))
        yield books.ready()


def test_every_alias_says_what_it_counts_as_and_who_decided_what_before(merged: Books) -> None:
    rows = merged.query("select alias_text, creative_id, kind, reason, in_force, actor, epoch(decided_at)"
                        " from creative_aliases where kind <> 'truncated' order by decided_at")  # fmt: skip
    text = shown("B")
    assert rows == [
        (text, A, "merge", "because 0", False, "ann", 1), (text, A, "unmerge", "because 1", False, "bob", 2),
        (text, A, "merge", "because 2", True, "eve", 3),
    ]  # fmt: skip
    assert merged.query(
        "select alias_text, creative_id, in_force, actor from creative_aliases where kind = 'truncated'"
    ) == [(LONG[:60], identify(LONG).creative_id, True, None)]
    assert merged.query("select count(*) from creatives join creative_aliases on alias_id = creatives.creative_id"
                        " where in_force") == [(0,)]  # fmt: skip


def test_an_un_merge_holds_until_somebody_merges_again(merged: Books) -> None:
    merged.decide("unmerge", str(identify(shown("B")).creative_id))
    assert merged.build().query("select kind, actor from creative_aliases where in_force and actor is not null") == [
        ("unmerge", "test")
    ]


def test_a_view_that_has_a_click_is_credited_to_what_its_click_showed_as_the_facts_count_it(tmp_path: Path) -> None:
    # Else a text that nothing is counted for would have the credit, and stand in no row of `creatives`.
    books = Books(tmp_path)
    on = {"network": "facebook", "click_id": "k"}
    seen = NOW - DAY
    books.post(item("impression", "i", seen, referrerAdCreative=shown("B"), visitor_id="v", ad_id="7", **on),
               item("click", "c", seen + timedelta(minutes=1), referrerAdCreative=shown("A"), visitor_id="w", **on),
               item("conversion", "o", seen + timedelta(minutes=9), conversion_kind="purchase", visitor_id="v",
                    revenue="30", transaction_id="t"))  # fmt: skip
    assert books.build().query("select creative_text, networks from creatives") == [(shown("A"), ["facebook"])]
    assert books.query("select impressions, creative_id from facts_daily where impressions > 0") == [(1, A)]
    assert books.query("select distinct creative_id from creative_credit where touch_types = 'click_view'") == [(A,)]
