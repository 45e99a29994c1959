"""This module owns the promise that a messy world comes out exact: every count, cent and creative that was sent."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from journeys import Played

from ingest.creative import identify
from ingest.world.days import label_of

kinds = pytest.mark.parametrize("kind", ["arbitrage", "shop"])
COLUMNS = {
    "impression": "impressions", "click": "clicks", "landing_view": "landing_views", "search_click": "search_clicks",
    "results_view": "results_views", "ad_click": "ad_clicks",
}  # fmt: skip


def sums(played: Played, *columns: str) -> tuple[Any, ...]:
    (row,) = played.books.query(f"select {', '.join(f'sum({column})' for column in columns)} from facts_daily")
    return row


def ledger(played: Played, side: str) -> dict[str, Decimal]:
    return dict(played.books.query("select bucket, sum(amount) from money_ledger where side = ? group by 1", side))


@kinds
def test_every_event_of_a_person_is_counted_once(played: Callable[[str], Played], kind: str) -> None:
    sent = played(kind).ledger
    totals = sent.totals()
    assert sent.repeats > 50 and sent.not_human > 5  # or it would be easy
    assert sums(played(kind), *COLUMNS.values()) == tuple(totals.counts.get(step, 0) for step in COLUMNS)


@kinds
def test_every_conversion_is_counted_once_under_its_kind(played: Callable[[str], Played], kind: str) -> None:
    rows = played(kind).books.query(
        "select conversion_kind, sum(conversions) from facts_daily where conversions > 0 group by 1"
    )
    assert dict(rows) == played(kind).ledger.totals().conversions


@kinds
def test_every_cent_of_spend_is_where_it_was_stated(played: Callable[[str], Played], kind: str) -> None:
    spend, found = played(kind).ledger.totals().spend, ledger(played(kind), "spend")
    assert found["in"] == spend.total
    assert found["direct"] + found["allocated"] == spend.in_ads + spend.on_clicks
    assert found["campaign_only"] == spend.campaign_only
    assert found["direct"] > 0 and found["allocated"] > 0 and found["campaign_only"] > 0
    assert sums(played(kind), "cost_direct + cost_allocated") == (spend.total,)


@kinds
def test_every_reported_count_of_an_ad_is_there_once(played: Callable[[str], Played], kind: str) -> None:
    spend = played(kind).ledger.totals().spend
    (row,) = played(kind).books.query(
        "select sum(reported_clicks), sum(reported_impressions) from facts_daily where ad_id is not null"
    )
    assert row == (spend.reported_clicks, spend.reported_impressions)


@kinds
def test_every_cent_of_revenue_and_refunds_is_there_once(played: Callable[[str], Played], kind: str) -> None:
    sent, found = played(kind).ledger, ledger(played(kind), "revenue")
    settled = sum(amount for _, amount in sent.settlements.values())
    estimated = sum(
        sale.revenue for sale in sent.sales.values()
        if sale.day is None or (*sale.cell, label_of(sale.day).isoformat()) not in sent.settlements
    )  # fmt: skip
    ((unsettled,),) = played(kind).books.query(
        "select sum(amount) from goals where settlement_key is null and traffic = 'human'"
    )
    assert unsettled == estimated
    refunds = sent.totals().refunds
    ((beside,),) = played(kind).books.query(
        "select coalesce(sum(amount), 0) from goals where traffic <> 'human' and settlement_key is null"
    )
    assert found["in"] == settled + estimated + beside - refunds
    assert sum(amount for bucket, amount in found.items() if bucket != "in") == found["in"]
    assert sums(played(kind), "revenue_settled + revenue_provisional", "refunds") == (
        found["in"] - found.get("non_human", 0) + refunds, refunds
    )  # fmt: skip


@kinds
def test_every_day_has_the_spend_that_was_stated_for_it(played: Callable[[str], Played], kind: str) -> None:
    stated: dict[str, Decimal] = {}
    for (_, day), spend in played(kind).ledger.spend.by_account_day().items():
        stated[day] = stated.get(day, Decimal(0)) + spend.total
    rows = played(kind).books.query("select cast(day as varchar), sum(cost_direct + cost_allocated) as cost"
                                    " from facts_daily group by 1 having cost <> 0")  # fmt: skip
    assert dict(rows) == {day: spend for day, spend in stated.items() if spend}


@kinds
def test_every_creative_is_found_by_its_id_and_no_other(played: Callable[[str], Played], kind: str) -> None:
    world = played(kind)
    clicked = [world.world.truth[at] for at, tally in world.ledger.by_creative().items() if at >= 0 and tally.clicks]
    rows = dict(world.books.query("select creative_id, creative_text from creatives where identity_by <> 'ad'"))
    assert set(rows) == {identify(creative.text).creative_id for creative in clicked}
    assert set(rows.values()) == {creative.text for creative in clicked}


@kinds
def test_all_but_one_in_a_hundred_clicks_are_their_creatives(played: Callable[[str], Played], kind: str) -> None:
    """The others lost their text on an ad that shows two a day: they are the ad's, or the other text's."""
    world = played(kind)
    found = dict(world.books.query("select creative_id, sum(clicks) from facts_daily group by 1"))
    tallies = {at: tally for at, tally in world.ledger.by_creative().items() if at >= 0}
    off = sum(abs(tally.clicks - found.get(identify(world.world.truth[at].text).creative_id, 0))
              for at, tally in tallies.items())  # fmt: skip
    assert off < 0.01 * sum(tally.clicks for tally in tallies.values())
    assert sum(found.values()) == sum(tally.clicks for tally in tallies.values())


def test_all_but_one_in_a_hundred_cents_of_arbitrage_are_their_creatives(played: Callable[[str], Played]) -> None:
    world = played("arbitrage")
    found = dict(world.books.query(
        "select creative_id, sum(revenue_settled + revenue_provisional) from facts_daily group by 1"
    ))  # fmt: skip
    tallies = {at: tally for at, tally in world.ledger.by_creative().items() if at >= 0}
    off = sum(abs(tally.revenue - found.get(identify(world.world.truth[at].text).creative_id, Decimal(0)))
              for at, tally in tallies.items())  # fmt: skip
    # A settlement says what a campaign's day was worth, not which of its clicks were clawed back.
    assert off < Decimal("0.02") * sum(tally.revenue for tally in tallies.values())


def test_every_settlement_counts_to_the_cent(played: Callable[[str], Played]) -> None:
    stated = sum(amount for _, amount in played("arbitrage").ledger.settlements.values())
    assert ledger(played("arbitrage"), "settlement") == {"in": stated, "counted": stated}
    assert played("arbitrage").books.query("select sum(shared + unallocated) from settlement_cells") == [(stated,)]


def test_an_order_that_the_pixel_tells_again_counts_once(played: Callable[[str], Played]) -> None:
    books = played("shop").books
    told = books.recorded("select count(*), count(distinct transaction_id) from interactions where type = 'conversion'"
                          " and conversion_kind = 'purchase' and traffic = 'human'")  # fmt: skip
    ((rows, orders),) = told
    assert rows > 1.3 * orders
    assert books.query("select sum(conversions) from goals where kind = 'purchase' and traffic = 'human'") == [
        (orders,)
    ]
