"""This module owns the promise that in random small worlds all spend and revenue equal what was stated, day by day."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from journeys import START, Books, Item, item, report

UNIT = Decimal("0.000001")
DAYS = [START.date() + timedelta(days=n) for n in range(2)]
Cell = tuple[str | None, str | None]


@dataclass(frozen=True)
class Day:
    """One account's day, in millionths: what is reported, what clicks and ad clicks say, what is settled.

    `ads`: ad → country → cost; `campaign`: the campaign's report, or none; `clicks`: (ad, own cost, estimate or none);
    `cells`: (campaign, country) → what the feed settles.
    """

    ads: dict[str, dict[str | None, int]]
    campaign: int | None
    clicks: list[tuple[str, int, int | None]]
    cells: dict[Cell, int]

    def spend(self) -> int:
        """The finest reports, and above them what the coarser say beyond; clicks only where nothing is reported."""
        reported = 0
        for countries in self.ads.values():
            finer = sum(cost for country, cost in countries.items() if country)
            reported += finer + max(countries.get(None, 0) - finer, 0)
        if self.campaign is not None:
            return max(self.campaign, reported)
        return reported + sum(cost for ad, cost, _ in self.clicks if ad not in self.ads)

    def revenue(self) -> int:
        """What is settled, the coarser less the finer, and the estimates that lie in no cell."""
        finest = {cell: said for cell, said in self.cells.items() if None not in cell}
        middle = {cell: said for cell, said in self.cells.items() if cell[0] and not cell[1]}
        whole = sum(finest.values()) + sum(
            max(said - sum(f for cell, f in finest.items() if cell[0] == campaign), 0)
            for (campaign, _), said in middle.items()
        )
        if (None, None) in self.cells:
            whole += max(self.cells[None, None] - whole, 0)
        return whole + sum(estimate or 0 for _, _, estimate in self.clicks if not self._is_settled())

    def _is_settled(self) -> bool:
        return any(cell in self.cells for cell in ((None, None), ("7", None), ("7", "US")))


CELLS: tuple[Cell, ...] = ((None, None), ("7", None), ("7", "US"), ("8", None), ("8", "CA"))
amounts = st.integers(0, 5_000_000)
day = st.builds(
    Day,
    st.dictionaries(st.sampled_from("ab"), st.dictionaries(st.sampled_from((None, "US", "CA")), amounts, min_size=1)),
    st.none() | amounts,
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 3_000_000), st.none() | amounts), max_size=5),
    st.dictionaries(st.sampled_from(CELLS), amounts, max_size=4),
)  # fmt: skip


def posts(world: str, at: int, told: Day) -> dict[str, list[Item]]:
    """What the senders of a world say of one day; two worlds share neither ads, campaigns nor accounts."""
    label, account = DAYS[at], {"account_id": world}

    def money(micros: int) -> str:
        return str(micros * UNIT)

    sent: defaultdict[str, list[Item]] = defaultdict(list)
    for ad, countries in told.ads.items():
        for country, cost in countries.items():
            ad_row = {"ad_id": f"{world}-{ad}", "campaign_id": f"{world}-7", "country": country, **account}
            sent["ads"].append(report(label, money(cost), **ad_row))
    if told.campaign is not None:
        sent["ads"].append(report(label, money(told.campaign), "campaign", campaign_id=f"{world}-7") | account)
    for number, (ad, cost, estimate) in enumerate(told.clicks):
        key = f"{world}-{at}-{number}"
        moment = START + timedelta(days=at, minutes=number)
        place = {
            "network": "facebook",
            "campaign_id": f"{world}-7",
            "ad_id": f"{world}-{ad}",
            "country": "US",
            **account,
        }
        sent["tracker"].append(item("click", key, moment, click_id=key, cost=money(cost),
                                    referrerAdCreative=f"Text {number % 2} of {world}", **place))  # fmt: skip
        if estimate is not None:
            sent[f"feed{world}"].append(item("ad_click", key, moment, click_id=key, revenue=money(estimate),
                                             revenue_stage="estimated"))  # fmt: skip
    for (campaign, country), said in told.cells.items():
        cell = {"campaign_id": campaign and f"{world}-{campaign}", "country": country, "revenue": money(said)}
        sent[f"feed{world}"].append({"type": "settlement", "day": str(label)}
                                    | {name: value for name, value in cell.items() if value is not None})  # fmt: skip
    return sent


@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a build takes half a second: no time for shrinking
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(st.tuples(day, day), min_size=12, max_size=12))
def test_random_money_equals_what_was_stated_and_every_ledger_balances(
    tmp_path_factory: pytest.TempPathFactory, worlds: list[tuple[Day, Day]]
) -> None:
    books = Books(tmp_path_factory.mktemp("money"), kind="arbitrage")
    for number, days in enumerate(worlds):
        for at, told in enumerate(days):
            for sender, items in posts(f"w{number}", at, told).items():
                books.post(*items, sender=sender)
    books.build()  # with every check
    into = "select {}, day, sum(amount) from money_ledger where side = ? and bucket = 'in' group by all"
    spend = {(who, on): amount for who, on, amount in books.query(into.format("account_id"), "spend")}
    revenue = {(who, on): amount for who, on, amount in books.query(into.format("sender"), "revenue")}
    for number, days in enumerate(worlds):
        for at, told in enumerate(days):
            assert spend.get((f"w{number}", DAYS[at]), 0) == told.spend() * UNIT, told
            assert revenue.get((f"feedw{number}", DAYS[at]), 0) == told.revenue() * UNIT, told
    facts = "select coalesce(sum({}), 0) from facts_daily"
    assert books.query(facts.format("cost_direct + cost_allocated")) == [(sum(spend.values()),)]
    assert books.query(facts.format("revenue_settled + revenue_provisional")) == [(sum(revenue.values()),)]
