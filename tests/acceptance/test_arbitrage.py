"""This module owns the acceptance of the arbitrage books: what was planted in three networks and two feeds comes out."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import pytest
from acceptance.business import AS_OF, Business, creative_id, label
from acceptance.buying import Bought, Item, buy
from acceptance.feeds import NOISE_PERCENT, SETTLED_TO, ZONES, Earned, Sale, earn
from acceptance.observed import Creative, Observed
from acceptance.posting import post, settings
from journeys import Books

REPORTING = "America/Los_Angeles"
TEXT_ZONES = dict.fromkeys(("facebook", "tiktok", "taboola"), REPORTING)
MICRO = Fraction(1, 1_000_000)
Money = defaultdict[Any, Decimal]


@dataclass
class Told:
    """A world, what was posted of it, and the books made of that."""

    business: Business
    bought: Bought
    earned: Earned
    books: Books

    @cached_property
    def observed(self) -> Observed:
        """What can be known of the clicks."""
        return Observed(self.business, self.bought, TEXT_ZONES)

    def named(self) -> dict[str, Creative]:
        """The creatives of the books by what this world calls them."""
        texts = {creative_id(text): ("text", text) for ad in self.business.ads for text in ad.texts}
        rows = self.books.query("select distinct f.creative_id, f.ad_id from facts_daily f join creatives c"
                                " on c.creative_id = f.creative_id where c.identity_by = 'ad'")  # fmt: skip
        return texts | {creative: ("ad", ad_id) for creative, ad_id in rows}


def tell(folder: Path, seed: int, order: int, per_ad_day: int = 3) -> Told:
    """Plant a world, post it in an order and build it."""
    folder.mkdir(parents=True, exist_ok=True)
    business, chance = Business(seed), Random(seed)
    bought = buy(business, chance, per_ad_day)
    earned = earn(business, bought, chance)
    items: list[tuple[str, Item]] = bought.items + earned.items
    rates = folder / "rates.csv"
    rates.write_text(business.rates_csv("USD"), encoding="utf-8")
    senders = tuple(sorted({sender for sender, _ in items}))
    books = Books(folder, **settings("arbitrage", REPORTING, "USD", rates, senders))
    return Told(business, bought, earned, post(books, items, order))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    return tell(tmp_path_factory.mktemp("arbitrage"), seed=1, order=1)


def spend_stated(told: Told) -> Money:
    """(day, network, account, currency) → what the accounts say, and clicks of days that no account speaks of."""
    stated: Money = defaultdict(Decimal)
    covered = {(report.identity, report.day) for report in told.bought.reports}
    for report in told.bought.reports:
        if report.level == "ad":
            stated[report.day, report.account.network, report.account.account_id, report.account.currency] += (
                report.cost
            )
    for account, day, rest in told.observed.campaign_only():
        stated[day, account.network, account.account_id, account.currency] += rest
    for click in told.bought.clicks:
        if click.carries_cost and (click.ad.ad_id, click.day) not in covered:
            account = click.ad.account
            stated[label(click.at, REPORTING), account.network, account.account_id, account.currency] += click.cost
    return stated


def test_every_day_of_every_account_has_the_spend_it_stated(told: Told) -> None:
    rows = told.books.query("select day, network, account_id, currency, sum(amount) from money_ledger"
                            " where side = 'spend' and bucket = 'in' group by all having sum(amount) <> 0")  # fmt: skip
    assert {tuple(key): amount for *key, amount in rows} == {
        key: cost for key, cost in spend_stated(told).items() if cost
    }


def test_no_spend_was_lost_and_the_rest_of_campaigns_has_its_name(told: Told) -> None:
    rows = told.books.query(
        "select side, sum(case when bucket = 'in' then amount else -amount end) from money_ledger"
        " where side in ('spend', 'revenue') group by day, side, sender, network, account_id, currency"
    )
    assert {off for _, off in rows} == {0} and {side for side, _ in rows} == {"spend", "revenue"}
    rest = sum((each for _, _, each in told.observed.campaign_only()), Decimal(0))
    assert told.books.query("select sum(amount) from money_ledger where bucket = 'campaign_only'") == [(rest,)]


def costs_by_creative(told: Told) -> dict[Creative, Fraction]:
    named, found = told.named(), dict[Creative, Fraction]()
    for creative, cost in told.books.query(
        "select creative_id, sum(cost_direct + cost_allocated) as cost from facts_daily"
        " where creative_id is not null group by 1 having cost <> 0"
    ):
        found[named[creative]] = Fraction(cost)
    return found


def test_every_creative_has_the_cost_that_the_observation_gives_it(told: Told) -> None:
    expected, parts = defaultdict(Fraction), defaultdict(int)
    for paid in told.observed.paid():
        rate = Fraction(told.business.rate(paid.day, paid.account.currency, "USD"))
        for creative, share in paid.shares.items():
            expected[creative] += share * rate
            parts[creative] += 1
    found = costs_by_creative(told)
    assert found.keys() == expected.keys()
    off = {creative: float(found[creative] - cost) for creative, cost in expected.items()
           if abs(found[creative] - cost) > 2 * parts[creative] * MICRO}  # fmt: skip
    assert off == {}
