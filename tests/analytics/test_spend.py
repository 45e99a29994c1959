"""This module owns the promises about spend: every amount reaches a creative or says why not, and none is lost."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from journeys import Books, Item, item, journey, report, shown

from analytics.config import AnalyticsSettings
from ingest.config import ConfigError, load

Money = dict[str | None, tuple[str, str]]
FIRST = datetime(2026, 1, 5, 8, 0)  # noqa: DTZ001 (stored times are naive UTC)


class Scene:
    """A few days, ads and creatives that no other scene of the same build has."""

    def __init__(self, number: int) -> None:
        self.who = f"s{number}"
        self.start = FIRST + timedelta(days=4 * number)
        self._minutes = 0

    def click(self, name: str | None = "A", ad: str | None = "1", days: int = 0, **more: Any) -> Item:
        """A click on an ad that shows a creative, a minute after the one before."""
        self._minutes += 1
        text = {"referrerAdCreative": shown(name, self.who)} if name else {}
        fields = {**self.ad(ad), "network": "facebook", "account_id": "act_1", **text, **more}
        at = self.start + timedelta(days=days, minutes=self._minutes)
        return item("click", f"{self.who}-{self._minutes}", at, **fields)

    def clicks(self, names: str, **more: Any) -> list[Item]:
        """A click per letter."""
        return [self.click(name, **more) for name in names]

    def report(self, cost: str | None, ad: str | None = "1", level: str = "ad", days: int = 0, **more: Any) -> Item:
        """What the platform says of an ad, ad set or campaign on a day."""
        own = {
            "ad": self.ad(ad),
            "adset": {"adset_id": self.who, "campaign_id": self.who},
            "campaign": {"campaign_id": self.who},
        }[level]
        return report(self.start.date() + timedelta(days=days), cost, level, **(own | more))

    def ad(self, name: str | None) -> dict[str, str]:
        """The ids of one of the scene's ads."""
        return {"campaign_id": self.who, "adset_id": self.who} | ({"ad_id": f"{self.who}-{name}"} if name else {})

    def costs(self, connection: duckdb.DuckDBPyConnection) -> dict[str | None, tuple[Decimal, Decimal]]:
        """(direct, allocated) by creative's letter, ad's name, or None where no creative is known."""
        rows = connection.execute(
            "select creative_text, sum(cost_direct), sum(cost_allocated) from facts_daily left join creatives"
            " using (creative_id) where campaign_id = ? group by 1 having sum(cost_direct + cost_allocated) <> 0",
            [self.who],
        ).fetchall()
        own = f" of {self.who}"
        return {
            text and text.replace(f"Ad {self.who}-", "ad ").removeprefix("Ad ").removesuffix(own): (direct, shared)
            for text, direct, shared in rows
        }

    def ledger(self, connection: duckdb.DuckDBPyConnection) -> dict[str, Decimal]:
        """Spend by bucket."""
        rows = connection.execute(
            "select bucket, sum(amount) from money_ledger where side = 'spend' and day between ? and ? group by 1",
            [self.start.date(), self.start.date() + timedelta(days=3)],
        ).fetchall()
        return dict(rows)


@dataclass(frozen=True)
class Spent:
    """A sentence, what is posted, the (direct, allocated) cost of each creative, and where the rest went."""

    what: str
    posts: Callable[[Scene], list[Item]]
    costs: Money
    rest: dict[str, str]


NINE, TEN = "2026-11-21T09:00:00Z", "2026-11-21T10:00:00Z"
SETTINGS: dict[str, Any] = {"senders": {"one": {}, "two": {}}, "spend": {"taboola": {"from": "one"}}}
TABLE = [
    Spent("the cost of an ad with one text that day is that creative's own",
          lambda s: [s.click(), s.report("10.5")], {"A": ("10.5", "0")}, {}),
    Spent("several texts share by their clicks",
          lambda s: [*s.clicks("AABC"), s.report("8")], {"A": ("0", "4"), "B": ("0", "2"), "C": ("0", "2")}, {}),
    Spent("the last unit goes to the largest remainder, which the larger share has here",
          lambda s: [*s.clicks("AAB"), s.report("10")], {"A": ("0", "6.666667"), "B": ("0", "3.333333")}, {}),
    Spent("the last unit goes to the largest remainder, which the smaller share has here",
          lambda s: [*s.clicks("AAAAB"), s.report("0.000008")], {"A": ("0", "0.000006"), "B": ("0", "0.000002")}, {}),
    Spent("a tie of remainders goes to the larger share",
          lambda s: [*s.clicks("AAAB"), s.report("0.000002")], {"A": ("0", "0.000002")}, {}),
    Spent("a click that stands for many weighs as many",
          lambda s: [s.click(count=9), s.click("B"), s.report("1")], {"A": ("0", "0.9"), "B": ("0", "0.1")}, {}),
    Spent("clicks of reviewers do not weigh",
          lambda s: [*s.clicks("AB"), *s.clicks("BBB", traffic="review"), s.report("10")],
          {"A": ("0", "5"), "B": ("0", "5")}, {}),
    Spent("a text that only reviewers saw shares nothing",
          lambda s: [s.click(), s.click("B", traffic="review"), s.report("10")], {"A": ("10", "0")}, {}),
    Spent("texts without a click that day share equally",
          lambda s: [*s.clicks("AAB"), *s.clicks("AB", days=2), s.report("10", days=1)],
          {"A": ("0", "5"), "B": ("0", "5")}, {}),
    Spent("an ad that only ever showed one text showed it on its silent days, too",
          lambda s: [s.click(), s.report("3", days=2)], {"A": ("3", "0")}, {}),
    Spent("an ad that showed several texts before and none that day is its own creative",
          lambda s: [*s.clicks("AB"), s.report("3", days=2)], {"ad 1": ("3", "0")}, {}),
    Spent("an ad without a text is its own creative, by its name or its id",
          lambda s: [s.report("3", ad_name="blankets v3"), s.report("4", ad="2")],
          {"blankets v3": ("3", "0"), "ad 2": ("4", "0")}, {}),
    Spent("an id that is still a macro is nobody's ad",
          lambda s: [s.click(ad_id="{{ad.id}}", traffic="human"), s.report("3", ad_id="{{ad.id}}")],
          {None: ("3", "0")}, {"unmatched": "3"}),
    Spent("a click that does not name its account meets the report that does",
          lambda s: [s.click(account_id=None), s.report("10")], {"A": ("10", "0")}, {}),
    Spent("a click that does not name its account meets none of two that name its ad",
          lambda s: [s.click(account_id=None), s.report("3"), s.report("4", account_id="act_2")],
          {"ad 1": ("7", "0")}, {}),
    Spent("an ad set's row counts less its ads",
          lambda s: [s.click(), s.report("6"), s.report("8", level="adset")],
          {"A": ("6", "0"), None: ("2", "0")}, {"campaign_only": "2"}),
    Spent("a campaign's row counts less its ads",
          lambda s: [s.click(), s.report("6"), s.report("10", level="campaign")],
          {"A": ("6", "0"), None: ("4", "0")}, {"campaign_only": "4"}),
    Spent("with three levels each counts less all beneath",
          lambda s: [s.click(), s.report("6"), s.report("8", level="adset"),
                     s.report("11", level="campaign")],
          {"A": ("6", "0"), None: ("5", "0")}, {"campaign_only": "5"}),
    Spent("a campaign alone stays a campaign's",
          lambda s: [s.click(), s.report("10", level="campaign")], {None: ("10", "0")}, {"campaign_only": "10"}),
    Spent("a campaign that says less than its ads takes nothing from them",
          lambda s: [s.click(), s.report("6"), s.report("5.99", level="campaign")], {"A": ("6", "0")}, {}),
    Spent("a campaign that comes in a row per country counts less its ads once",
          lambda s: [s.click(), s.report("20", country="US"), s.report("10", ad="2", country="CA", ad_name="v2"),
                     *(s.report(cost, level="campaign", country=country) for country, cost in
                       (("US", "60"), ("CA", "40")))],
          {"A": ("20", "0"), "v2": ("10", "0"), None: ("70", "0")}, {"campaign_only": "70"}),
    Spent("the newest version of a report counts even if it came first",
          lambda s: [s.click(), *(s.report(cost, stated=f"2026-11-21T{hour}:00:00Z") for hour, cost in
                                  (("10", "12"), ("09", "7")))], {"A": ("12", "0")}, {}),
    Spent("the cost that clicks carry is theirs",
          lambda s: [s.click(cost="0.1"), s.click("B", cost="0.25")], {"A": ("0.1", "0"), "B": ("0.25", "0")}, {}),
    Spent("a report replaces the costs of clicks of the same ad and day, and no others",
          lambda s: [s.click(cost="0.1"), s.click(cost="0.2"), s.report("5"), s.click("B", days=1, cost="0.4"),
                     s.click("C", ad="2", cost="0.8"), s.click("D", ad=None, cost="1.6")],
          {"A": ("5", "0"), "B": ("0.4", "0"), "C": ("0.8", "0"), "D": ("1.6", "0")}, {}),
    Spent("another network's report replaces nothing",
          lambda s: [s.click(cost="0.1"), s.report("5", network="tiktok")],
          {"A": ("0.1", "0"), "ad 1": ("5", "0")}, {}),
    Spent("a cost with neither ad nor text is unmatched",
          lambda s: [s.click(None, ad=None, cost="0.1")], {None: ("0.1", "0")}, {"unmatched": "0.1"}),
    Spent("the cost of a click that was no person's was paid all the same",
          lambda s: [s.click(cost="0.1", traffic="suspect")], {"A": ("0.1", "0")}, {}),
    # Who tells it: one sender's report counts, the others corroborate.
    Spent("of one ad and day that two senders report the newer statement counts",
          lambda s: [s.click(), s.report("10", stated=TEN, sender="one"), s.report("12", stated=NINE, sender="two")],
          {"A": ("10", "0")}, {}),
    Spent("of statements equally new that of the first sender by name counts",
          lambda s: [s.click(), s.report("12", stated=TEN, sender="two"), s.report("10", stated=TEN, sender="one")],
          {"A": ("10", "0")}, {}),
    Spent("a report that says no cost takes nothing from one that does, nor from the clicks",
          lambda s: [s.click(), s.report("10", stated=NINE, sender="one"), s.report(None, stated=TEN, sender="two"),
                     s.click("B", ad="2", cost="0.3"), s.report(None, ad="2", impressions=9)],
          {"A": ("10", "0"), "B": ("0.3", "0")}, {}),
    Spent("levels of two senders stand in one hierarchy",
          lambda s: [s.click(), s.report("6", sender="one"), s.report("10", level="campaign", sender="two")],
          {"A": ("6", "0"), None: ("4", "0")}, {"campaign_only": "4"}),
    Spent("a sender that does not name the account reports the same ad",
          lambda s: [s.click(), s.report("6", stated=NINE, sender="one"),
                     s.report("7", stated=TEN, sender="two", account_id=None)], {"A": ("7", "0")}, {}),
    Spent("of a network with a system of record nobody else's reports count",
          lambda s: [s.report("3", network="taboola", sender="one"), s.report("5", network="taboola", sender="two"),
                     s.report("7", ad="2", network="taboola", sender="two")], {"ad 1": ("3", "0")}, {}),
    # Countries and their total.
    Spent("a row for all countries counts less those that name theirs",
          lambda s: [s.click(), s.report("10"), s.report("6", country="US"), s.report("3", country="CA")],
          {"A": ("10", "0")}, {}),
    Spent("countries that say more than their total win",
          lambda s: [s.click(), s.report("8"), s.report("6", country="US"), s.report("3", country="CA")],
          {"A": ("9", "0")}, {}),
    Spent("a campaign's total and its countries count once, less its ads",
          lambda s: [s.click(), s.report("4"), s.report("10", level="campaign"),
                     s.report("6", level="campaign", country="US"), s.report("3", level="campaign", country="CA")],
          {"A": ("4", "0"), None: ("6", "0")}, {"campaign_only": "6"}),
    # Clicks' own costs beneath a report of their ad set or campaign.
    Spent("the costs of clicks are theirs beneath a campaign's report, and the rest stays the campaign's",
          lambda s: [s.click(cost="0.1"), s.click("B", ad=None, cost="0.2"), s.report("10", level="campaign")],
          {"A": ("0.1", "0"), "B": ("0.2", "0"), None: ("9.7", "0")}, {"campaign_only": "9.7"}),
    Spent("clicks that cost more than their campaign reports are scaled down to it",
          lambda s: [s.click(cost="3"), s.click("B", cost="6"), s.report("6", level="campaign")],
          {"A": ("2", "0"), "B": ("4", "0")}, {}),
    Spent("scaled down to the last millionth",
          lambda s: [s.click(cost="1"), s.click("B", cost="1"), s.click("C", cost="1"),
                     s.report("0.000004", level="campaign")],
          {"A": ("0.000002", "0"), "B": ("0.000001", "0"), "C": ("0.000001", "0")}, {}),
    Spent("an ad set's report comes before its campaign's",
          lambda s: [s.click(cost="1"), s.report("2", level="adset"), s.report("5", level="campaign")],
          {"A": ("1", "0"), None: ("4", "0")}, {"campaign_only": "4"}),
    Spent("clicks share what the reported ads leave of the campaign",
          lambda s: [s.click(), s.report("6"), s.click("B", ad="2", cost="5"), s.report("10", level="campaign")],
          {"A": ("6", "0"), "B": ("4", "0")}, {}),
    Spent("clicks take from a campaign's countries together",
          lambda s: [s.click(cost="7", country="CA"), s.report("6", level="campaign", country="US"),
                     s.report("3", level="campaign", country="CA")],
          {"A": ("7", "0"), None: ("2", "0")}, {"campaign_only": "2"}),
    Spent("a click that says no account lies beneath its campaign's report",
          lambda s: [s.click(ad=None, account_id=None, cost="1"), s.report("3", level="campaign")],
          {"A": ("1", "0"), None: ("2", "0")}, {"campaign_only": "2"}),
    Spent("a click that two senders tell costs once",
          lambda s: [s.click(cost="0.1", click_id=f"{s.who}-k", sender="one"),
                     s.click(cost="0.12", click_id=f"{s.who}-k", sender="two")], {"A": ("0.1", "0")}, {}),
]  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Every scene of the table in one build."""
    books = Books(tmp_path_factory.mktemp("spend"), **SETTINGS)
    for number, spent in enumerate(TABLE):
        for each in spent.posts(Scene(number)):
            books.post(each, sender=each.pop("sender", "shop"))
    with books.ready().opened() as connection:
        yield connection


@pytest.mark.parametrize("number", range(len(TABLE)), ids=[spent.what for spent in TABLE])
def test_spend_reaches_its_creative(built: duckdb.DuckDBPyConnection, number: int) -> None:
    spent, scene = TABLE[number], Scene(number)
    expected = {name: (Decimal(direct), Decimal(shared)) for name, (direct, shared) in spent.costs.items()}
    assert scene.costs(built) == expected
    ledger = {bucket: amount for bucket, amount in scene.ledger(built).items() if amount}
    whole = sum((direct + shared for direct, shared in expected.values()), Decimal(0))
    known = [shares for name, shares in expected.items() if name is not None]
    buckets = {"direct": sum(d for d, _ in known), "allocated": sum(a for _, a in known)}
    rest = {bucket: Decimal(amount) for bucket, amount in spent.rest.items()}
    assert ledger == {bucket: amount for bucket, amount in (buckets | rest | {"in": whole}).items() if amount}


def test_the_counts_of_a_report_are_shared_like_its_cost(tmp_path: Path) -> None:
    books, scene = Books(tmp_path), Scene(0)
    counts = {"impressions": 100, "clicks": 4, "platform_conversions": 1, "platform_revenue": "9"}
    books.post(*scene.clicks("AAB"), scene.report("1", **counts))
    assert books.ready().query(
        "select sum(reported_impressions), sum(reported_clicks), sum(reported_conversions), sum(reported_revenue)"
        " from facts_daily join creatives using (creative_id) group by creative_text order by creative_text"
    ) == [(67, 3, 1, 6), (33, 1, 0, 3)]


def test_the_same_ad_id_in_two_accounts_is_two_ads(tmp_path: Path) -> None:
    books, scene = Books(tmp_path), Scene(0)
    books.post(scene.report("3"), scene.report("4", account_id="act_2"))
    assert books.ready().query("select count(*), sum(ads) from creatives") == [(2, 2)]


def test_reports_that_do_not_say_when_count_in_the_order_of_their_arrival(tmp_path: Path) -> None:
    books, scene = Books(tmp_path), Scene(0)
    for cost in ("12", "7", "12", "9"):
        books.post(scene.report(cost))
    with books.ready().opened() as connection:
        assert scene.ledger(connection)["in"] == 9


def test_another_currency_is_shown_and_never_mixed_in(tmp_path: Path) -> None:
    books, scene = Books(tmp_path), Scene(0)
    books.post(scene.click(cost="0.5", currency="EUR"), scene.click("B"), scene.report("10", ad="2"))
    books.post(scene.report("70", ad="3", currency="EUR"), scene.report("90", level="campaign", currency="EUR"))
    with books.ready().opened() as connection:
        assert scene.costs(connection) == {"ad 2": (10, 0)}
        rows = connection.execute(
            "select currency, bucket, amount from money_ledger where side = 'spend' order by all"
        ).fetchall()
    # The click's half euro lies beneath the campaign's ninety.
    assert rows == [("EUR", "in", 90), ("EUR", "unconverted", 90), ("USD", "direct", 10), ("USD", "in", 10)]


def test_a_report_of_another_time_zone_is_booked_as_labelled_and_marked(tmp_path: Path) -> None:
    zones = {"one": {"timezone": "America/Los_Angeles"}, "two": {"timezone": "Asia/Tokyo"}}
    books, scene = Books(tmp_path, timezone="Asia/Tokyo", senders=zones), Scene(0)
    books.post(scene.report("10"), sender="one")
    books.post(scene.report("12", ad="2"), sender="two")
    books.ready()
    assert books.query("select sender, day, mixed_day from money_ledger where bucket = 'direct' order by 1") == [
        ("one", scene.start.date(), True), ("two", scene.start.date(), False)
    ]  # fmt: skip


def test_reports_that_corroborate_are_shown_and_in_no_sum(tmp_path: Path) -> None:
    books, scene = Books(tmp_path), Scene(0)
    books.post(scene.report("10", stated=TEN), sender="one")
    books.post(scene.report("12", stated=NINE), sender="two")
    assert books.ready().query("select side, sender, bucket, amount from money_ledger order by all") == [
        ("spend", "one", "direct", 10), ("spend", "one", "in", 10),
        ("spend_duplicate", "two", "duplicate_report", 12), ("spend_duplicate", "two", "in", 12),
    ]  # fmt: skip


@pytest.mark.parametrize(("section", "key", "said"), [
    ("conversions", "purchase", "there is no sender 'meta'"), ("spend", "facebook", "there is no sender 'meta'"),
    ("steps", "click", "there is no sender 'meta'"),
    ("steps", "clik", "there is no step 'clik'"),
])  # fmt: skip
def test_a_system_of_record_that_is_not_there_is_refused(tmp_path: Path, section: str, key: str, said: str) -> None:
    file = tmp_path / "whichad.toml"
    file.write_text(f'[senders.meta_insights]\nsecrets = ["x"]\n[{section}.{key}]\nfrom = "meta"\n')
    with pytest.raises(ConfigError, match=said):
        load(AnalyticsSettings, file)


def test_amounts_of_currencies_with_many_digits_can_be_shared(tmp_path: Path) -> None:
    books, scene = Books(tmp_path, currency="VND", kind="arbitrage"), Scene(0)
    dong = {"currency": "VND"}
    books.post(scene.click(count=900_000), scene.click("B", count=100_000), scene.report("900000000", **dong))
    books.post(*(each | dong for each in journey("A* => 900000000")))
    books.ready()
    assert books.query("select sum(amount) from money_ledger where bucket = 'allocated'") == [(900_000_000,)]
    assert books.query("select max(revenue_squared) from click_cohorts") == [(Decimal(9 * 10**8) ** 2,)]
