"""This module owns the promises about settlements: a feed's final money reaches its goals, to the last millionth."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from journeys import START, Books, Item, item

from ingest.config import ConfigError, load
from ingest.config import IngestSettings as Settings

DAY = START.date()
SENDERS: dict[str, Any] = {"tonic": {}, "tonic_final": {"settles": "tonic"}}
AD = {"network": "facebook", "account_id": "act_1", "ad_id": "9", "country": "US"}


def click(number: int, campaign: str = "7", days: float = 0, **more: Any) -> Item:
    """Click number n on a campaign, n minutes after eight o'clock UTC."""
    fields = {"click_id": f"k{number}", "campaign_id": campaign, "referrerAdCreative": f"Text {number}", **AD, **more}
    return item("click", f"c{number}", START + timedelta(days=days, minutes=number), **fields)


def sale(number: int, revenue: str | None, days: float = 0, **more: Any) -> Item:
    """The monetised ad click of click n, half an hour after eight."""
    fields = {"click_id": f"k{number}", "revenue": revenue, "revenue_stage": "estimated" if revenue else None, **more}
    return item("ad_click", f"a{number}", START + timedelta(days=days, minutes=30 + number), **fields)


def settled(revenue: str, **cell: Any) -> Item:
    """What the feed finally says of a cell; `stated` is when."""
    stated = cell.pop("stated", None)
    said = {"type": "settlement", "day": str(DAY), "revenue": revenue, "occurred_at": stated, **cell}
    return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True)
class Case:
    """A sentence, what is posted, what each ad click has then (`~` before an estimate), and what found no goal."""

    what: str
    clicks: Callable[[], list[Item]]
    sales: Callable[[], list[Item]]
    cells: Callable[[], list[Item]]
    holds: str
    unallocated: str = "0"


def two() -> list[Item]:
    return [click(1), click(2)]


TABLE = [
    Case("without a settlement the estimates stand", two, lambda: [sale(1, "0.4"), sale(2, "0.2")], list, "~0.4 ~0.2"),
    Case("a cell is shared in proportion to the estimates, the last millionth to the largest remainder", two,
         lambda: [sale(1, "0.4"), sale(2, "0.2")], lambda: [settled("0.5", campaign_id="7")], "0.333333 0.166667"),
    Case("a cell that is as fine as one ad click replaces its money", lambda: [click(1), click(2, "8")],
         lambda: [sale(1, "0.4"), sale(2, "0.2")], lambda: [settled("0.31", campaign_id="8")], "~0.4 0.31"),
    Case("without any estimate the ad clicks share equally", two, lambda: [sale(1, None), sale(2, "0")],
         lambda: [settled("0.5")], "0.25 0.25"),
    Case("an ad click that stands for many weighs as many", two, lambda: [sale(1, None, count=3), sale(2, None)],
         lambda: [settled("1")], "0.75 0.25"),
    Case("a cell without an ad click stays unallocated", two, lambda: [sale(1, "0.4"), sale(2, "0.2")],
         lambda: [settled("0.7", campaign_id="99")], "~0.4 ~0.2", "0.7"),
    Case("a cell of another day stays unallocated", two, lambda: [sale(1, "0.4"), sale(2, "0.2")],
         lambda: [settled("0.7", day="2026-09-15")], "~0.4 ~0.2", "0.7"),
    Case("a cell settled at nothing leaves nothing", two, lambda: [sale(1, "0.4"), sale(2, "0.2")],
         lambda: [settled("0")], "0 0"),
    Case("of a cell told again the newer version counts, whichever came first", two,
         lambda: [sale(1, "0.4"), sale(2, "0.2")],
         lambda: [settled("0.9", stated="2026-11-20T08:00:00Z"), settled("0.5", stated="2026-11-19T08:00:00Z")],
         "0.6 0.3"),
    Case("a coarser cell counts less the finer cells beneath it", lambda: [click(1), click(2, "8")],
         lambda: [sale(1, "0.4"), sale(2, "0.2")], lambda: [settled("1"), settled("0.7", campaign_id="7")], "0.7 0.3"),
    Case("three levels count once", lambda: [click(1), click(2), click(3, "8", country="CA")],
         lambda: [sale(1, "0.4"), sale(2, "0.2"), sale(3, "0.1")],
         lambda: [settled("1"), settled("0.6", campaign_id="7"), settled("0.45", campaign_id="7", country="US")],
         "0.3 0.15 0.4", "0.15"),
    Case("finer cells that say more than the coarser win, and it adds nothing", lambda: [click(1), click(2, "8")],
         lambda: [sale(1, "0.4"), sale(2, "0.2")], lambda: [settled("1"), settled("1.2", campaign_id="7")], "1.2 0"),
    Case("a cell beneath that says more than its own coarser one leaves less to the coarsest",
         lambda: [click(1), click(2, "8")], lambda: [sale(1, "0.4"), sale(2, "0.2")],
         lambda: [settled("1"), settled("0.6", campaign_id="7"), settled("0.7", campaign_id="7", country="US")],
         "0.7 0.3"),
    Case("offer, page and sub id are those of the ad click's own row", lambda: [click(n) for n in (1, 2, 3, 4)],
         lambda: [sale(1, "0.4", offer_id="o"), sale(2, "0.2", landing_page="/p"), sale(3, "0.1", sub_id="s"),
                  sale(4, "0.3")],
         lambda: [settled("1", offer_id="o"), settled("2", landing_page="/p"), settled("3", sub_id="s")], "1 2 3 ~0.3"),
    Case("campaign, ad and country are those of the click", lambda: [click(1), click(2, country="CA")],
         lambda: [sale(1, "0.4", campaign_id="other"), sale(2, "0.2")],
         lambda: [settled("1", campaign_id="7", ad_id="9", country="CA"), settled("3", campaign_id="7", country="US")],
         "3 1"),
    Case("all stated dimensions must be equal", two, lambda: [sale(1, "0.4", offer_id="o"), sale(2, "0.2")],
         lambda: [settled("1", campaign_id="7", offer_id="o"), settled("2", campaign_id="8", offer_id="o")],
         "1 ~0.2", "2"),
    Case("of equally fine cells the one of the ad comes before the campaign's, and that before the offer's", two,
         lambda: [sale(1, "0.4", offer_id="o"), sale(2, "0.2")],
         lambda: [settled("1", offer_id="o"), settled("2", campaign_id="7"), settled("3", ad_id="9")], "2 1", "3"),
    Case("a final word about a transaction gives way to its cell, too", two,
         lambda: [sale(1, "0.4", revenue_stage="final"), sale(2, "0.2")], lambda: [settled("0.3")], "0.2 0.1"),
    Case("money told only by click lies in its cell", two,
         lambda: [sale(1, "0.4"), item("revenue", "r", START, click_id="k2", revenue="0.4", revenue_stage="estimated")],
         lambda: [settled("0.5")], "0.25 0.25"),
    Case("an estimate below zero weighs nothing", two,
         lambda: [sale(1, "0.4"), sale(2, "0.2"),
                  item("revenue", "r", START, click_id="k2", revenue="-0.1", revenue_stage="adjusted")],
         lambda: [settled("0.5")], "0.5 0"),
    Case("a test lies in the cell and gets nothing", two, lambda: [sale(1, "0.4"), sale(2, "9", traffic="test")],
         lambda: [settled("0.5")], "0.5 0"),
    Case("what was suspect gets its share, which stands apart", two,
         lambda: [sale(1, "0.3"), sale(2, "0.2", traffic="suspect")], lambda: [settled("1")], "0.6 0.4"),
]  # fmt: skip


def own(items: list[Item], number: int) -> list[Item]:
    """The items of a case on days of its own, with ids of its own."""
    moved = []
    for each in items:
        ids = {name: f"{number:02}-{each[name]}" for name in ("id", "click_id") if name in each}
        if each["type"] == "settlement":
            when = {"day": str(date.fromisoformat(each["day"]) + timedelta(days=4 * number))}
        else:
            at = datetime.fromisoformat(each["occurred_at"]) + timedelta(days=4 * number)
            when = {"occurred_at": at.isoformat()}
        moved.append(each | ids | when)
    return moved


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Books:
    """Every case of the table in one build."""
    made = Books(tmp_path_factory.mktemp("settled"), kind="arbitrage", senders=SENDERS)
    for number, case in enumerate(TABLE, -len(TABLE)):
        for sender, items in (("tracker", case.clicks()), ("tonic", case.sales()), ("tonic_final", case.cells())):
            for each in own(items, number):
                made.post(each, sender=sender)
    return made.ready()


@pytest.mark.parametrize("number", range(len(TABLE)), ids=[case.what for case in TABLE])
def test_a_settlement_reaches_its_ad_clicks(built: Books, number: int) -> None:
    case, at = TABLE[number], number - len(TABLE)
    first = DAY + timedelta(days=4 * at)
    span = [first, first + timedelta(days=3)]
    rows = built.query(f"select amount, settled from goals where click_id like '{at:02}-%' order by click_id")
    expected = [(Decimal(word.strip("~")), not word.startswith("~")) for word in case.holds.split()]
    assert rows == expected
    ((unallocated,),) = built.query(
        "select coalesce(sum(unallocated), 0) from settlement_cells where day between ? and ?", *span
    )
    assert unallocated == Decimal(case.unallocated)
    whole = sum((amount for amount, _ in expected), unallocated)
    assert built.query("select coalesce(sum(amount), 0) from money_ledger where side = 'revenue' and bucket = 'in'"
                       " and day between ? and ?", *span) == [(whole,)]  # fmt: skip
    ((beside,),) = built.query("select coalesce(sum(amount), 0) from goals where traffic <> 'human'"
                               " and stated_day between ? and ?", *span)  # fmt: skip
    assert built.query("select coalesce(sum(revenue_settled + revenue_provisional), 0) from facts_daily"
                       " where day between ? and ?", *span) == [(whole - beside,)]  # fmt: skip


def settling(folder: Path, teller: str) -> Books:
    """Two ad clicks of tonic at 0.40 and 0.20, and a day that `teller` settles at 0.30."""
    made = Books(folder, kind="arbitrage", senders=SENDERS)
    made.post(*two(), sender="tracker")
    made.post(sale(1, "0.4"), sale(2, "0.2"), sender="tonic")
    made.post(settled("0.3"), sender=teller)
    return made.ready()


def test_a_settlement_without_a_setting_is_its_own_senders(tmp_path: Path) -> None:
    assert settling(tmp_path / "own", "tonic").query("select sum(amount) from goals") == [(Decimal("0.3"),)]
    other = settling(tmp_path / "other", "system1")
    assert other.query("select sum(amount) from goals") == [(Decimal("0.6"),)]
    assert other.query("select sender, bucket, amount from money_ledger where side = 'revenue' and sender <> 'tonic'"
                       " and bucket <> 'in'") == [("system1", "settlement_unallocated", Decimal("0.3"))]  # fmt: skip


def test_the_same_cell_told_by_two_senders_counts_once(tmp_path: Path) -> None:
    made = Books(tmp_path, kind="arbitrage", senders=SENDERS)
    made.post(click(1), sender="tracker")
    made.post(sale(1, "0.4"), settled("0.3", stated="2026-11-20T08:00:00Z"), sender="tonic")
    made.post(settled("0.5", stated="2026-11-19T08:00:00Z"), sender="tonic_final")
    made.ready()
    assert made.query("select amount from goals") == [(Decimal("0.3"),)]
    assert made.query("select sender, bucket, amount from money_ledger where side = 'settlement' and amount > 0"
                      " and bucket <> 'in' order by sender") == [
        ("tonic", "counted", Decimal("0.3")), ("tonic_final", "duplicate_report", Decimal("0.5"))
    ]  # fmt: skip


def test_facts_have_the_factor_of_the_cell_and_none_where_nothing_was_settled(tmp_path: Path) -> None:
    made = Books(tmp_path, kind="arbitrage", senders=SENDERS)
    made.post(click(1), click(2, "8"), click(3, "8"), sender="tracker")
    made.post(sale(1, "0.4"), sale(2, "0.1"), sale(3, "0.7"), sender="tonic")
    made.post(settled("0.2", campaign_id="8"), settled("5", campaign_id="9"), sender="tonic_final")
    assert made.ready().query(
        "select campaign_id, revenue_provisional, revenue_settled, settlement_factor from facts_daily"
        " where sender = 'tonic' and ad_clicks + revenue_settled + revenue_provisional > 0 order by 1, 3"
    ) == [("7", Decimal("0.4"), 0, None), ("8", 0, Decimal("0.025"), 0.25), ("8", 0, Decimal("0.175"), 0.25),
          ("9", 0, 5, None)]  # fmt: skip


def test_refunds_are_still_taken_off_what_was_settled(tmp_path: Path) -> None:
    made = Books(tmp_path, kind="arbitrage", senders=SENDERS)
    made.post(click(1), sender="tracker")
    made.post(
        sale(1, "0.4"), item("refund", "b", START + timedelta(days=9), click_id="k1", revenue="0.1"), sender="tonic"
    )
    made.post(settled("0.3"), sender="tonic_final")
    assert made.ready().query("select sum(revenue_settled), sum(refunds) from facts_daily") == [
        (Decimal("0.3"), Decimal("0.1"))
    ]
    assert made.query("select day, amount from money_ledger where bucket = 'matched'") == [(DAY, Decimal("0.2"))]


def test_the_label_is_a_day_of_the_settlements_zone_and_money_is_booked_on_the_day_of_the_click(tmp_path: Path) -> None:
    zoned = {"tonic": {}, "tonic_final": {"settles": "tonic", "timezone": "America/Los_Angeles"}}
    made = Books(tmp_path, kind="arbitrage", timezone="Asia/Tokyo", senders=zoned)
    # 06:07 UTC of the 15th is still the 14th in Los Angeles; its click was on the 14th at 17:01 in Tokyo.
    made.post(click(1), sender="tracker")
    made.post(sale(1, "0.4", days=0.9), sender="tonic")
    made.post(settled("0.3"), sender="tonic_final")
    made.ready()
    assert made.query("select day, revenue_settled from facts_daily where revenue_settled > 0") == [
        (DAY, Decimal("0.3"))
    ]
    assert made.query("select stated_day, day, mixed_day from goals") == [(DAY, DAY + timedelta(days=1), True)]
    assert made.query("select day, bucket, amount, mixed_day from money_ledger where side = 'revenue' order by 2") == [
        (DAY, "in", Decimal("0.3"), True), (DAY, "matched", Decimal("0.3"), True)
    ]  # fmt: skip
    late = Books(tmp_path / "late", kind="arbitrage", senders=zoned)
    late.post(click(1), sender="tracker")
    late.post(sale(1, "0.4", days=1), sender="tonic")  # 08:31 UTC of the 15th: half past one there
    late.post(settled("0.3"), sender="tonic_final")
    assert late.ready().query("select sum(unallocated) from settlement_cells") == [(Decimal("0.3"),)]


def test_a_shop_of_settled_orders_counts_what_was_settled(tmp_path: Path) -> None:
    made = Books(tmp_path, kind="shop", senders={"payments": {}})
    order = {"conversion_kind": "purchase", "revenue": "30"}
    made.post(*(item("conversion", f"o{n}", START, transaction_id=f"t{n}", **order) for n in (1, 2)), sender="payments")
    made.post(settled("57.3"), sender="payments")
    assert made.ready().query("select amount, settled from goals") == [(Decimal("28.65"), True)] * 2


def test_a_setting_that_names_nobody_is_refused_with_the_name_that_was_meant(tmp_path: Path) -> None:
    file = tmp_path / "whichad.toml"
    file.write_text('[senders.tonic]\nsecrets = ["x"]\n[senders.final]\nsettles = "tonik"\n')
    with pytest.raises(ConfigError, match=r"final\.settles: there is no sender 'tonik'.*tonic"):
        load(Settings, file)
    file.write_text('[senders.tonic]\nsecrets = ["x"]\n[senders.final]\nsettles = "tonic"\n')
    assert load(Settings, file).senders["final"].settles == "tonic"
