"""This module owns worlds in which money is easily counted twice or lost, each with its numbers reckoned by hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from journeys import Books, Item, item, report

DAY = "2026-10-06"
FEED = {"kind": "arbitrage", "senders": {"feed": {}, "feed_final": {"settles": "feed"}}}
SHOP = {"kind": "shop", "senders": {"shop": {}}, "conversions": {"purchase": {"from": "shop"}}}


@dataclass(frozen=True)
class Trap:
    """A sentence; who posts what; what the ledger then holds of a side, by bucket ("in" is the whole)."""

    what: str
    posts: Callable[[], list[tuple[str, Item]]]
    spend: dict[str, str] = field(default_factory=dict)
    revenue: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=lambda: FEED)


def click(number: int, text: str = "A", hour: int = 12, **more: Any) -> Item:
    """A click of the ad `ad-1` of the campaign c-1; its text is "Text A"."""
    fields = {"click_id": f"k{number}", "network": "facebook", "account_id": "act_1", "campaign_id": "c-1",
              "ad_id": "ad-1", "referrerAdCreative": f"Text {text}", "visitor_id": f"v{number}"} | more  # fmt: skip
    return item("click", f"c{number}", f"{DAY}T{hour:02}:00:00Z", **fields)


def sale(number: int, revenue: str | None, hour: int = 13, **more: Any) -> Item:
    """A monetised ad click of the click of that number, an estimate unless it says otherwise."""
    fields = {"click_id": f"k{number}", "transaction_id": f"t{number}", "revenue": revenue} | more
    return item("ad_click", f"a{number}", f"{DAY}T{hour:02}:00:00Z", **fields)


def order(number: int, revenue: str, identity: str = "o", **more: Any) -> Item:
    """A purchase of the visitor of that number."""
    fields = {"visitor_id": f"v{number}", "transaction_id": f"t{number}", "conversion_kind": "purchase"} | more
    return item("conversion", f"{identity}{number}", f"{DAY}T14:00:00Z", revenue=revenue, **fields)


def refund(number: int, revenue: str, identity: str = "f", **more: Any) -> Item:
    """Money of the order of that number that goes back, a month later."""
    return item("refund", f"{identity}{number}", "2026-11-06T09:00:00Z", revenue=revenue,
                **{"transaction_id": f"t{number}"} | more)  # fmt: skip


def cell(revenue: str, day: str = DAY, **more: Any) -> Item:
    """A feed's final statement about a day and place."""
    return {"type": "settlement", "day": day, "revenue": revenue, "occurred_at": "2026-10-09T00:00:00Z"} | more


def ad_row(cost: str, level: str = "ad", **more: Any) -> Item:
    """A report of the ad ad-1, or of its campaign."""
    own = {"ad_id": "ad-1", "campaign_id": "c-1"} if level == "ad" else {"campaign_id": "c-1"}
    return report(DAY, cost, level, **own | more)


def of(sender: str, *items: Item) -> list[tuple[str, Item]]:
    """These items, posted by that sender."""
    return [(sender, each) for each in items]


SPEND = [
    Trap("a campaign's report holds the cost that its clicks carry, too",
         lambda: of("tracker", click(1, cost="0.10"), click(2, ad_id="ad-2", cost="0.20"))
         + of("facebook", ad_row("5", "campaign")), {"in": "5"}),
    Trap("an ad's report per country and its total are one cost",
         lambda: of("facebook", ad_row("3", country="US"), ad_row("2", country="CA"), ad_row("5")), {"in": "5"}),
    Trap("a campaign's report per country and its total are one cost",
         lambda: of("facebook", *(ad_row(cost, "campaign", country=country) for cost, country in
                                  (("3", "US"), ("2", "CA"), ("6", None)))), {"in": "6", "campaign_only": "6"}),
    Trap("a campaign's row that does not say its account still lies over its ads",
         lambda: of("tracker", click(1)) + of("facebook", ad_row("4"), ad_row("5", "campaign", account_id=None)),
         {"in": "5", "direct": "4", "campaign_only": "1"}),
    Trap("a click that tracker and feed tell with its cost was paid once",
         lambda: of("tracker", click(1, cost="0.10")) + of("feed", click(1, cost="0.10")), {"in": "0.10"}),
    Trap("a click that two senders tell is one click when an ad-day's cost is shared",
         lambda: of("tracker", click(1), click(2, "B")) + of("feed", click(1)) + of("facebook", ad_row("4")),
         {"in": "4", "allocated": "4", "A": "2", "B": "2"}),
    Trap("an account in another zone covers the clicks of its own day",
         lambda: of("tracker", click(1, hour=2, cost="0.10")) + of("facebook", ad_row("1")), {"in": "1"},
         settings={"kind": "arbitrage", "timezone": "America/Los_Angeles",
                   "senders": {"facebook": {"timezone": "UTC"}}}),
    Trap("a report restated to nothing leaves nothing",
         lambda: of("tracker", click(1, cost="0.10")) + of("facebook", ad_row("7", stated=f"{DAY}T20:00:00Z"),
                                                           ad_row("0", stated=f"{DAY}T21:00:00Z")), {}),
    Trap("a bot's click costs what the report says, and its text takes no share",
         lambda: of("tracker", click(1), click(2, "B", traffic="suspect", cost="0.30")) + of("facebook", ad_row("4")),
         {"in": "4", "direct": "4", "A": "4"}),
    Trap("three levels of one campaign are one cost, and each rest stays on its level",
         lambda: of("facebook", ad_row("3", adset_id="s-1"), ad_row("6", "campaign"),
                    report(DAY, "4", "adset", adset_id="s-1", campaign_id="c-1")),
         {"in": "6", "direct": "3", "campaign_only": "3"}),
    Trap("a campaign's report counts less its ads' rows and less the clicks of ads without one",
         lambda: of("tracker", click(1), click(2, "B", ad_id="ad-2", cost="0.30"))
         + of("facebook", ad_row("4"), ad_row("5", "campaign")), {"in": "5"}),
    Trap("an ad's row that lacked its account at first is stated again, not added",
         lambda: of("tracker", click(1)) + of("facebook", ad_row("4", account_id=None, stated=f"{DAY}T20:00:00Z"),
                                              ad_row("5", stated=f"{DAY}T21:00:00Z")), {"in": "5", "A": "5"}),
    Trap("a report in euros replaces the costs in dollars that its clicks carry",
         lambda: of("tracker", click(1, cost="0.10")) + of("facebook", ad_row("4", currency="EUR")),
         {"A": "5"}, settings=FEED | {"currencies": {"rates": "EUR 1.25"}}),
    Trap("two senders that report the same ad-day are one cost, by the one that is set",
         lambda: of("tracker", ad_row("4.50")) + of("facebook", ad_row("4")) + of("tracker", click(1)),
         {"direct": "4", "A": "4"}, settings={
             "kind": "arbitrage", "senders": {"facebook": {}}, "spend": {"facebook": {"from": "facebook"}}}),
]  # fmt: skip


@pytest.mark.parametrize("trap", SPEND, ids=[trap.what for trap in SPEND])
def test_spend_is_counted_once(tmp_path: Path, trap: Trap) -> None:
    books = told(tmp_path, trap)
    texts = assert_ledger(books, "spend", trap.spend)
    if texts:
        assert dict(books.query(
            "select right(creative_text, 1), sum(cost_direct + cost_allocated) from facts_daily"
            " join creatives using (creative_id) group by 1 having sum(cost_direct + cost_allocated) <> 0"
        )) == texts  # fmt: skip


def told(folder: Path, trap: Trap) -> Books:
    """The books of a trap."""
    values = dict(trap.settings)
    if "currencies" in values:
        currency, rate = values["currencies"]["rates"].split()
        path = folder / "rates.csv"
        path.write_text(f"day,currency,rate\n2026-10-01,{currency},{rate}\n", encoding="utf-8")
        values["currencies"] = {"rates": str(path)}
    books = Books(folder, **values)
    for sender, each in trap.posts():
        books.post(each, sender=sender)
    return books.ready()


def assert_ledger(books: Books, side: str, amounts: dict[str, str]) -> dict[str, Decimal]:
    """The buckets that are named are so, and all of them are what came in. Returns what is said of texts (A, B)."""
    read = {name: Decimal(amount) for name, amount in amounts.items()}
    buckets = {name: amount for name, amount in read.items() if name.islower()}
    rows = books.query("select bucket, sum(amount) from money_ledger where side = ? group by 1", side)
    found = {bucket: amount for bucket, amount in rows if amount}
    assert {bucket: found.get(bucket, 0) for bucket in buckets} == buckets
    assert sum(amount for bucket, amount in found.items() if bucket != "in") == found.get("in", 0)
    assert amounts or not found
    return {name: amount for name, amount in read.items() if name.isupper()}


REVENUE = [
    # Cells of a feed.
    Trap("a settled cell replaces the estimates of its ad clicks, in their proportion",
         lambda: of("tracker", click(1), click(2, "B")) + of("feed", sale(1, "0.30"), sale(2, "0.10"))
         + of("feed_final", cell("0.20", campaign_id="c-1")),
         revenue={"in": "0.20", "matched": "0.20", "A": "0.15", "B": "0.05"}),
    Trap("a settled cell with nothing in it is unallocated",
         lambda: of("tracker", click(1)) + of("feed", sale(1, "0.30"))
         + of("feed_final", cell("0.20", campaign_id="c-9")),
         revenue={"in": "0.50", "matched": "0.30", "settlement_unallocated": "0.20"}),
    Trap("a cell settled to nothing leaves nothing",
         lambda: of("tracker", click(1)) + of("feed", sale(1, "0.30")) + of("feed_final", cell("0", campaign_id="c-1")),
         revenue={}),
    Trap("a cell whose ad clicks were estimated at nothing is not lost",
         lambda: of("tracker", click(1), click(2)) + of("feed", sale(1, "0"), sale(2, None))
         + of("feed_final", cell("3", campaign_id="c-1")), revenue={"in": "3"}),
    Trap("an estimate that is revised after its cell was settled changes nothing",
         lambda: of("tracker", click(1)) + of("feed", sale(1, "0.30"), item(
             "revenue", "r1", "2026-10-12T00:00:00Z", transaction_id="t1", revenue="0.90", revenue_stage="estimated"))
         + of("feed_final", cell("0.20", campaign_id="c-1")), revenue={"in": "0.20", "matched": "0.20", "A": "0.20"}),
    Trap("a cell stated again counts as last stated",
         lambda: of("tracker", click(1)) + of("feed", sale(1, "0.30")) + of(
             "feed_final", cell("0.25", campaign_id="c-1") | {"occurred_at": "2026-10-10T00:00:00Z"},
             cell("0.20", campaign_id="c-1")), revenue={"in": "0.25", "matched": "0.25"}),
    Trap("an ad click adjusted below zero and another share their cell, to the cent",
         lambda: of("tracker", click(1), click(2, "B"))
         + of("feed", sale(1, "0.40"), sale(2, "-0.10", revenue_stage="adjusted"))
         + of("feed_final", cell("0.60", campaign_id="c-1")), revenue={"in": "0.60"}),
    Trap("a day's cell and a campaign's cell within it are no two payments",
         lambda: of("tracker", click(1), click(2, "B", campaign_id="c-2", ad_id="ad-2"))
         + of("feed", sale(1, "0.30"), sale(2, "0.30"))
         + of("feed_final", cell("1"), cell("0.40", campaign_id="c-1")),
         revenue={"in": "1", "A": "0.40", "B": "0.60"}),
    Trap("a campaign's cells per country and its total are one payment",
         lambda: of("tracker", click(1, country="US"), click(2, "B", country="CA"))
         + of("feed", sale(1, "0.30"), sale(2, "0.30"))
         + of("feed_final", cell("1", campaign_id="c-1"), cell("0.40", campaign_id="c-1", country="US"),
              cell("0.60", campaign_id="c-1", country="CA")), revenue={"in": "1", "A": "0.40", "B": "0.60"}),
    Trap("a cell holds the ad clicks of its own day in the feed's zone, and no others",
         lambda: of("tracker", click(1), click(2, "B")) + of("feed", sale(1, "0.30", hour=6), sale(2, "0.30", hour=8))
         + of("feed_final", cell("0.20", campaign_id="c-1")),
         revenue={"in": "0.50", "A": "0.30", "B": "0.20"},
         settings={"kind": "arbitrage", "senders": {
             "feed": {}, "feed_final": {"settles": "feed", "timezone": "America/Los_Angeles"}}}),
    Trap("a bot's ad click takes its part of the cell, and no creative gets it",
         lambda: of("tracker", click(1), click(2, "B", traffic="suspect"))
         + of("feed", sale(1, "0.30"), sale(2, "0.10"))
         + of("feed_final", cell("0.80", campaign_id="c-1")),
         revenue={"in": "0.80", "matched": "0.60", "non_human": "0.20", "A": "0.60"}),
    Trap("another feed's ad clicks of the same campaign and day are not in the cell",
         lambda: of("tracker", click(1), click(2, "B")) + of("feed", sale(1, "0.30")) + of("other", sale(2, "0.10"))
         + of("feed_final", cell("0.60", campaign_id="c-1")),
         revenue={"in": "0.70", "A": "0.60", "B": "0.10"}),
    Trap("an ad click that two senders tell is one, and its money stands once",
         lambda: of("tracker", click(1), sale(1, "0.30")) + of("feed", click(1), sale(1, "0.30"))
         + of("feed_final", cell("0.20", campaign_id="c-1")), revenue={"in": "0.20", "matched": "0.20"}),
    Trap("final money of one ad click and its settled cell are one payment",
         lambda: of("tracker", click(1)) + of("feed", sale(1, "0.30", revenue_stage="final"))
         + of("feed_final", cell("0.20", campaign_id="c-1")), revenue={"in": "0.20", "matched": "0.20"}),
    Trap("a cell that feed and its final sender both state is one payment, at the newer word",
         lambda: of("tracker", click(1)) + of("feed", sale(1, "0.30"))
         + of("feed", cell("0.25", campaign_id="c-1") | {"occurred_at": "2026-10-10T00:00:00Z"})
         + of("feed_final", cell("0.20", campaign_id="c-1")), revenue={"in": "0.25", "matched": "0.25"}),
    Trap("a cell in euros settles estimates in dollars, at its day's rate",
         lambda: of("tracker", click(1), click(2, "B")) + of("feed", sale(1, "0.30"), sale(2, "0.10"))
         + of("feed_final", cell("0.80", campaign_id="c-1", currency="EUR")),
         revenue={"A": "0.75", "B": "0.25"}, settings=FEED | {"currencies": {"rates": "EUR 1.25"}}),
    Trap("what goes back after the settlement comes off it",
         lambda: of("tracker", click(1)) + of("feed", sale(1, "0.30"), refund(1, "0.05"))
         + of("feed_final", cell("0.20", campaign_id="c-1")), revenue={"in": "0.15", "A": "0.15"}),
    Trap("a cell in which only tests lie is unallocated",
         lambda: of("tracker", click(1, traffic="test")) + of("feed", sale(1, "0.30", traffic="test"))
         + of("feed_final", cell("0.20", campaign_id="c-1")),
         revenue={"in": "0.20", "settlement_unallocated": "0.20"}),
    Trap("an ad click that the tracker tells before the feed is settled by the feed's cell",
         lambda: of("tracker", click(1), sale(1, "0.30", hour=12)) + of("feed", sale(1, "0.30"))
         + of("feed_final", cell("0.20", campaign_id="c-1")), revenue={"in": "0.20", "matched": "0.20"}),
    Trap("what the tracker repeats of a sale's money is no more money",
         lambda: of("tracker", click(1), click(2, "B"), *(
             item("revenue", f"r{number}", f"{DAY}T20:00:00Z", transaction_id=f"t{number}", revenue="0.30")
             for number in (1, 2)))
         + of("feed", sale(1, "0.30"), sale(2, "0.30")) + of("feed_final", cell("0.20", campaign_id="c-1")),
         revenue={"in": "0.20", "A": "0.10", "B": "0.10"}),
    Trap("an ad click after midnight is settled on its day, and earned on the click's",
         lambda: of("tracker", click(1, hour=23)) + of("feed", item(
             "ad_click", "a1", "2026-10-07T00:30:00Z", click_id="k1", transaction_id="t1", revenue="0.30"))
         + of("feed_final", cell("0.10", campaign_id="c-1"), cell("0.20", "2026-10-07", campaign_id="c-1")),
         revenue={"in": "0.30", "settlement_unallocated": "0.10", "matched": "0.20", "A": "0.20"}),
    # Orders of a shop.
    Trap("a cancelled order keeps its money until that goes back",
         lambda: of("tracker", click(1)) + of("shop", order(1, "30"), refund(1, "20"),
                                              order(1, "30", count=0, updated_at="2026-10-08T00:00:00Z")),
         revenue={"in": "10", "A": "10"}, settings=SHOP),
    Trap("an order that the shop states again counts as last stated",
         lambda: of("tracker", click(1))
         + of("shop", order(1, "30", updated_at="2026-10-08T00:00:00Z"), order(1, "25")),
         revenue={"in": "30", "A": "30"}, settings=SHOP),
    Trap("an order that only the payment tells is not the shop's",
         lambda: of("tracker", click(1)) + of("stripe", order(1, "30")), revenue={}, settings=SHOP),
    Trap("a refund in another currency comes off the order at that day's rate",
         lambda: of("tracker", click(1)) + of("shop", order(1, "30"), refund(1, "8", currency="EUR")),
         revenue={"A": "20"}, settings=SHOP | {"currencies": {"rates": "EUR 1.25"}}),
    Trap("a refund without an order is money that went out, of nobody",
         lambda: of("shop", refund(1, "5")), revenue={"in": "-5", "unattributable": "-5"}, settings=SHOP),
    Trap("a refund that shop and payment tell of one order went back once",
         lambda: of("tracker", click(1)) + of("shop", order(1, "30"), refund(1, "10"))
         + of("stripe", order(1, "30", "ch"), refund(1, "10", "re")), revenue={"in": "20", "A": "20"}, settings=SHOP),
    Trap("a refund that the payment tells under an id of its own went back once",
         lambda: of("tracker", click(1)) + of("shop", order(1, "30"), refund(1, "10"))
         + of("stripe", order(1, "30", "ch", transaction_id="pi_1"), refund(1, "10", "re", transaction_id="pi_1")),
         revenue={"in": "20", "A": "20"}, settings=SHOP),
    Trap("an order that three senders tell is one, at what the shop says",
         lambda: of("tracker", click(1)) + of("shop", order(1, "30"))
         + of("stripe", order(1, "30", transaction_id="pi"))
         + of("pixel", order(1, "35.70"), order(1, "35.70", "p", transaction_id=None)),
         revenue={"in": "30", "A": "30"}, settings=SHOP),
]  # fmt: skip


@pytest.mark.parametrize("trap", REVENUE, ids=[trap.what for trap in REVENUE])
def test_revenue_is_counted_once(tmp_path: Path, trap: Trap) -> None:
    books = told(tmp_path, trap)
    texts = assert_ledger(books, "revenue", trap.revenue)
    if texts:
        assert dict(books.query(
            "select right(creative_text, 1), sum(revenue_settled + revenue_provisional - refunds) as money"
            " from facts_daily join creatives using (creative_id) group by 1 having money <> 0"
        )) == texts  # fmt: skip


def test_a_persons_merge_moves_money_and_changes_no_total(tmp_path: Path) -> None:
    items = [*of("tracker", click(1), click(2, "B")), *of("feed", sale(1, "0.30"), sale(2, "0.10")),
             *of("facebook", ad_row("4")), *of("feed_final", cell("0.80", campaign_id="c-1"))]  # fmt: skip
    books = Books(tmp_path, **FEED)
    for sender, each in items:
        books.post(each, sender=sender)
    ids = dict(books.ready().query("select right(creative_text, 1), creative_id from creatives"))
    before = books.query("select day, side, bucket, sum(amount) from money_ledger where bucket = 'in' group by all")
    books.decide("merge", ids["B"], ids["A"])
    found = books.ready().query("select creative_id, sum(cost_direct), sum(cost_allocated),"
                                " sum(revenue_settled), sum(clicks) from facts_daily group by 1")  # fmt: skip
    assert found == [(ids["A"], Decimal(4), 0, Decimal("0.80"), 2)]
    after = books.query("select day, side, bucket, sum(amount) from money_ledger where bucket = 'in' group by all")
    assert sorted(after) == sorted(before)
