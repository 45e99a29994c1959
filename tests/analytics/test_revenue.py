"""This module owns the promises about revenue: a word about money replaces or subtracts, and no order counts twice."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from journeys import Books, Item, item, shown

HOLDS = "settled provisional refunds conversions ad_clicks matched unattributable non_human"
FIRST = datetime(2025, 11, 1, 8, 0)  # noqa: DTZ001 (stored times are naive UTC)


class Scene:
    """One click c of one visitor, and the transaction t: no other scene of the same build knows them."""

    def __init__(self, number: int) -> None:
        self.who = f"s{number}"
        self.start = FIRST + timedelta(days=8 * number)

    def item(self, kind: str, identity: str, minutes: int = 0, **more: Any) -> Item:
        """An interaction some minutes after the click; `transaction`, `click` and `visitor` are the scene's own."""
        for name in ("transaction", "click", "visitor"):
            value = more.pop(name, None)
            more |= {f"{name}_id": f"{self.who}-{value}"} if value else {}
        return item(kind, f"{self.who}-{identity}", self.start + timedelta(minutes=minutes), **more)

    def click(self, **more: Any) -> Item:
        """The click."""
        text = {"referrerAdCreative": shown("A", self.who), "network": "facebook"}
        return self.item("click", "c", click="c", visitor="v", **text | more)

    def sale(self, revenue: str, identity: str = "a", minutes: int = 1, **more: Any) -> Item:
        """A monetised ad click of the click, an estimate unless it says otherwise."""
        return self.item("ad_click", identity, minutes, click="c", revenue=revenue, **more)

    def order(self, revenue: str, identity: str = "o", minutes: int = 1, **more: Any) -> Item:
        """A purchase of the visitor, final unless it says otherwise."""
        fields = {"visitor": "v", "transaction": "t", "conversion_kind": "purchase"} | more
        return self.item("conversion", identity, minutes, revenue=revenue, **fields)

    def word(self, stage: str, revenue: str, minutes: int, **more: Any) -> Item:
        """A word about the money of the transaction."""
        whose = {} if "click" in more else {"transaction": "t"}
        return self.item("revenue", f"r{minutes}", minutes, revenue=revenue, revenue_stage=stage, **whose | more)

    def refund(self, revenue: str, minutes: int, **more: Any) -> Item:
        """Money of the transaction that goes back."""
        return self.item("refund", f"b{minutes}", minutes, revenue=revenue, **{"transaction": "t"} | more)

    def held(self, connection: duckdb.DuckDBPyConnection) -> dict[str, Decimal]:
        """What the marts hold of this scene, by the words of HOLDS, without zeros."""
        span = [self.start.date(), self.start.date() + timedelta(days=7)]
        facts = connection.execute(
            "select sum(revenue_settled), sum(revenue_provisional), sum(refunds), sum(conversions), sum(ad_clicks)"
            " from facts_daily where day between ? and ?", span,
        ).fetchone()  # fmt: skip
        ledger = connection.execute(
            "select bucket, sum(amount) from money_ledger where side = 'revenue' and bucket <> 'in'"
            " and currency = 'USD' and day between ? and ? group by 1", span,
        ).fetchall()  # fmt: skip
        held = dict(zip(HOLDS.split(), facts or (), strict=False)) | dict(ledger)
        return {name: amount for name, amount in held.items() if amount}


@dataclass(frozen=True)
class Earned:
    """A sentence, what is posted (`sender` in an item says by whom), and what the marts hold then: "name amount …"."""

    what: str
    posts: Callable[[Scene], list[Item]]
    holds: str
    settings: str = "arbitrage"
    expected: dict[str, Decimal] = field(init=False)

    def __post_init__(self) -> None:
        words = self.holds.split()
        amounts = {name: Decimal(amount) for name, amount in zip(words[::2], words[1::2], strict=True)}
        assert amounts.keys() <= set(HOLDS.split())
        object.__setattr__(self, "expected", amounts)


SETTINGS: dict[str, dict[str, Any]] = {
    "arbitrage": {"kind": "arbitrage"},
    "shop": {"kind": "shop"},
    "record": {
        "kind": "shop",
        "senders": {"shop": {}, "tonic": {}},
        "conversions": {"purchase": {"from": "shop"}, "ad_click": {"from": "tonic"}},
    },
}
T = {"transaction": "t"}
TABLE = [
    # A stage replaces by rank, then by time; nothing is ever added.
    Earned("an ad click's own money is an estimate", lambda s: [s.click(), s.sale("0.4", **T)],
           "provisional 0.4 ad_clicks 1 matched 0.4"),
    Earned("a lower stage changes nothing, however late",
           lambda s: [s.click(), s.sale("0.4", **T), s.word("pre_estimated", "0.9", 9)],
           "provisional 0.4 ad_clicks 1 matched 0.4"),
    Earned("within a stage the later word counts, whichever came first",
           lambda s: [s.click(), s.sale("0.4", **T), s.word("estimated", "0.5", 9), s.word("estimated", "0.6", 8)],
           "provisional 0.5 ad_clicks 1 matched 0.5"),
    Earned("final money settles, and no estimate after it unsettles it",
           lambda s: [s.click(), s.sale("0.4", **T), s.word("final", "0.3", 5), s.word("estimated", "0.6", 9)],
           "settled 0.3 ad_clicks 1 matched 0.3"),
    Earned("an adjustment to nothing leaves nothing, and the goal stays",
           lambda s: [s.click(), s.sale("0.4", **T), s.word("adjusted", "0", 6), s.word("final", "0.7", 9)],
           "ad_clicks 1"),
    Earned("an adjustment may go below zero",
           lambda s: [s.click(), s.sale("0.4", **T), s.word("adjusted", "-0.1", 6)],
           "settled -0.1 ad_clicks 1 matched -0.1"),
    Earned("a goal stated again under its id in another stage is the same goal",
           lambda s: [s.click(), s.sale("0.4"), s.sale("0.3", revenue_stage="final")],
           "settled 0.3 ad_clicks 2 matched 0.3"),
    # Whose money it is: by transaction, else by click.
    Earned("a word that names only the click revises that click's transaction",
           lambda s: [s.click(), s.sale("0.4", **T), s.word("final", "0.25", 5, click="c")],
           "settled 0.25 ad_clicks 1 matched 0.25"),
    Earned("a word that names only the click revises a goal that names only the click",
           lambda s: [s.click(), s.sale("0.4"), s.word("final", "0.25", 5, click="c")],
           "settled 0.25 ad_clicks 1 matched 0.25"),
    Earned("two goals of one click without a transaction each keep their money",
           lambda s: [s.click(), s.sale("0.4"), s.sale("0.6", "a2", 2)], "provisional 1 ad_clicks 2 matched 1"),
    Earned("two transactions of one click each keep their money",
           lambda s: [s.click(), s.sale("0.4", **T), s.sale("0.6", "a2", 2, transaction="t2")],
           "provisional 1 ad_clicks 2 matched 1"),
    Earned("money without a goal is money and no conversion",
           lambda s: [s.click(), s.word("final", "0.4", 5, click="c")], "settled 0.4 matched 0.4"),
    Earned("money of nobody is unattributable and not lost",
           lambda s: [s.word("final", "0.4", 5, transaction="gone")], "settled 0.4 unattributable 0.4"),
    Earned("money that comes before its goal finds it",
           lambda s: [s.word("final", "0.3", 5), s.sale("0.4", **T), s.click()],
           "settled 0.3 ad_clicks 1 matched 0.3"),
    # Refunds and several orders.
    Earned("refunds add up, each once, with either sign",
           lambda s: [s.click(), s.order("30"), s.refund("10", 5), s.refund("-2.5", 6), s.refund("10", 5)],
           "settled 30 refunds 12.5 conversions 1 matched 17.5", "shop"),
    Earned("more may go back than came in",
           lambda s: [s.click(), s.order("30"), s.refund("40", 5)],
           "settled 30 refunds 40 conversions 1 matched -10", "shop"),
    Earned("two orders of one click are two",
           lambda s: [s.click(), s.order("30", click="c"), s.order("20", "o2", 2, click="c", transaction="t2")],
           "settled 50 conversions 2 matched 50", "shop"),
    Earned("a lead without money is a conversion",
           lambda s: [s.click(), s.item("conversion", "l", 1, visitor="v", conversion_kind="lead")],
           "conversions 1", "shop"),
    Earned("goals that share nothing but an id are different goals",
           lambda s: [s.click(), *(s.order("10", transaction=None, sender=sender) for sender in ("shop", "crm"))],
           "settled 20 conversions 2 matched 20", "shop"),
    Earned("another currency is counted and its money never mixed in",
           lambda s: [s.click(), s.order("30"), s.order("500", "o2", 2, transaction="t2", currency="EUR")],
           "settled 30 conversions 2 matched 30", "shop"),
    # An order counts once, whoever tells it.
    Earned("without a system of record an order that two senders tell counts once",
           lambda s: [s.click(), s.order("30"), s.order("30", "p", 2, sender="pixel")],
           "settled 30 conversions 1 matched 30", "shop"),
    Earned("the system of record counts, and the others corroborate",
           lambda s: [s.click(), s.order("30", minutes=5), s.order("99", "p", sender="pixel"),
                      s.order("99", "p2", sender="pixel", transaction="t2"),
                      s.word("adjusted", "77", 9) | {"sender": "pixel"}],
           "settled 30 conversions 1 matched 30", "record"),
    Earned("a refund counts from whoever takes the money back",
           lambda s: [s.click(), s.order("30"), s.refund("10", 5, sender="payments")],
           "settled 30 refunds 10 conversions 1 matched 20", "record"),
    Earned("each kind has its own system of record",
           lambda s: [s.click(), s.order("5", conversion_kind="lead", sender="crm"), s.order("7", "p", sender="crm",
                      transaction="t2")],
           "settled 5 conversions 1 matched 5", "record"),
    Earned("monetised ad clicks have theirs, too, and are counted from it",
           lambda s: [s.click(), s.sale("0.4", **T, sender="tonic"), s.sale("0.9", "x", 2, **T, sender="tracker"),
                      s.word("final", "0.8", 9) | {"sender": "tracker"}],
           "provisional 0.4 ad_clicks 1 matched 0.4", "record"),
    # What is not human has a bucket of its own.
    *(Earned(f"money of {what} clicks stands apart",
             lambda s, marked=marked: [s.click(**marked), s.order("7", click="c")], "non_human 7", "shop")
      for what, marked in (("suspect", {"traffic": "suspect"}), ("test", {"traffic": "test"}),
                           ("reviewers'", {"ad_id": "{{ad.id}}"}))),
    Earned("a suspect order of a human click stands apart",
           lambda s: [s.click(), s.order("7", click="c", traffic="suspect")], "non_human 7", "shop"),
]  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, duckdb.DuckDBPyConnection]]:
    """Every scene of the table, in one build per settings."""
    connections = {}
    with ExitStack() as open_until_the_end:
        for name, own in SETTINGS.items():
            books = Books(tmp_path_factory.mktemp("revenue"), **own)
            for number, earned in enumerate(TABLE):
                if earned.settings == name:
                    for each in earned.posts(Scene(number)):
                        books.post(each, sender=each.pop("sender", "shop"))
            connections[name] = open_until_the_end.enter_context(books.ready().opened())
        yield connections


@pytest.mark.parametrize("number", range(len(TABLE)), ids=[earned.what for earned in TABLE])
def test_revenue_is_counted_once(built: dict[str, duckdb.DuckDBPyConnection], number: int) -> None:
    earned = TABLE[number]
    assert Scene(number).held(built[earned.settings]) == earned.expected


def test_another_currencys_money_is_shown_apart(built: dict[str, duckdb.DuckDBPyConnection]) -> None:
    rows = built["shop"].execute("select bucket, amount from money_ledger where currency = 'EUR' order by bucket")
    assert rows.fetchall() == [("in", 500), ("unconverted", 500)]


@pytest.mark.parametrize(("kind", "days"), [("arbitrage", 0), ("shop", 3)])
def test_money_and_its_refunds_are_booked_on_the_day_of_the_click_or_of_the_order(
    tmp_path: Path, kind: str, days: int
) -> None:
    books, scene = Books(tmp_path, kind=kind), Scene(0)
    books.post(scene.click(), scene.order("30", minutes=3 * 24 * 60, click="c"), scene.refund("1", 5 * 24 * 60))
    booked = scene.start.date() + timedelta(days=days)
    assert books.ready().query(
        "select day, revenue_settled, refunds, conversions from facts_daily where conversion_kind is not null"
    ) == [(booked, 30, 1, 1)]
    own = scene.start.date() + timedelta(days=3)  # the ledger keeps the day of what was stated
    assert books.query("select distinct day from money_ledger where side = 'revenue'") == [(own,)]


def test_the_reporting_zone_draws_the_line_between_days(tmp_path: Path) -> None:
    books = Books(tmp_path, timezone="America/Los_Angeles")
    for number, moment in enumerate(("2026-03-08T07:59:59Z", "2026-03-08T08:00:00Z", "2026-03-09T06:59:59Z",
                                     "2026-03-09T07:00:00Z")):  # fmt: skip
        books.post(item("click", f"{number}", moment, referrerAdCreative=shown("A")))
    assert books.ready().query("select cast(day as varchar), sum(clicks) from facts_daily group by 1 order by 1") == [
        ("2026-03-07", 1), ("2026-03-08", 2), ("2026-03-09", 1)
    ]  # fmt: skip
