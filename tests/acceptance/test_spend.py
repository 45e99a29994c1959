"""This module owns the acceptance of spend: what the ad accounts stated is in the books, to the cent, every day."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from acceptance.business import label
from acceptance.telling import COST, MICRO, Told

worlds = pytest.mark.parametrize("world", ["arbitrage", "shop"])


@pytest.fixture
def told(world: str, request: pytest.FixtureRequest) -> Told:
    found: Told = request.getfixturevalue(world)
    return found


@worlds
def test_every_day_of_every_account_has_the_spend_it_stated(told: Told) -> None:
    stated: defaultdict[Any, Decimal] = defaultdict(Decimal)
    for report in told.bought.reports:
        if report.level == "ad":
            stated[report.day, *of(report)] += report.cost
    for account, day, rest in told.observed.campaign_only():
        stated[day, account.network, account.account_id, account.currency] += rest
    for click in told.observed.uncovered():
        stated[label(click.at, told.zone), *of(click.ad)] += click.cost
    stated = defaultdict(Decimal, {key: cost for key, cost in stated.items() if cost})
    rows = told.books.query(
        "select day, network, account_id, currency, sum(amount) as amount from money_ledger"
        " where side = 'spend' and bucket = 'in' group by all having amount <> 0"
    )
    found = {tuple(key): amount for *key, amount in rows}
    assert {key: found.get(key) for key in stated} == stated
    assert len(stated) > 120 and {key[-1] for key in stated} == {"USD", "EUR"}
    # Other currencies stand once more, in that of the books; and beyond that there is nothing.
    for day, network, account, currency in stated:
        if currency != told.currency:
            rate = told.business.rate(day, currency, told.currency)
            own = Fraction(found.pop((day, network, account, told.currency)))
            assert abs(own - Fraction(stated[day, network, account, currency]) * Fraction(rate)) < 50 * MICRO
    assert found.keys() == stated.keys()


def of(spent: Any) -> tuple[str, str, str]:
    """The account of a report or an ad, as the ledger names it."""
    return spent.account.network, spent.account.account_id, spent.account.currency


@worlds
def test_every_day_of_every_account_adds_up(told: Told) -> None:
    rows = told.books.query(
        "select day, side, sum(case when bucket = 'in' then amount else -amount end) from money_ledger"
        " group by day, side, sender, network, account_id, currency"
    )
    assert {off for _, _, off in rows} == {0} and {side for _, side, _ in rows} >= {"spend", "revenue"}


@worlds
def test_what_only_campaigns_know_stays_with_them(told: Told) -> None:
    rest = sum(Fraction(each) * Fraction(told.business.rate(day, account.currency, told.currency))
               for account, day, each in told.observed.campaign_only())  # fmt: skip
    ((found,),) = told.books.query("select sum(amount) from money_ledger where bucket = 'campaign_only'")
    assert abs(Fraction(found) - rest) < 200 * MICRO


@worlds
def test_every_creative_has_the_cost_that_the_observation_gives_it(told: Told) -> None:
    expected = told.cost()
    assert expected.off(told.of_creatives(COST)) == {}
    assert sum(1 for kind, _ in expected.amounts if kind == "text") > 30


@worlds
def test_an_ad_that_only_ever_showed_one_text_is_exact_and_nothing_of_it_is_allocated(told: Told) -> None:
    alone = {("text", ad.texts[0]) for ad in told.business.ads if ad.mode in ("single", "posted")}
    found, planted = told.of_creatives(COST), told.planted_cost()
    assert not alone & told.of_creatives("cost_allocated").keys()
    planted.amounts = {creative: planted.of(creative) for creative in alone}
    assert planted.off({creative: found[creative] for creative in alone}) == {}


@worlds
def test_nobody_but_people_is_counted_and_their_clicks_once(told: Told) -> None:
    people = [click for click in told.bought.clicks if click.human]
    assert told.books.query("select sum(clicks) from facts_daily") == [(len(people),)]
    assert len(people) < 0.95 * len(told.bought.clicks)
    rows = told.books.query("select creative_id, sum(clicks) from facts_daily group by 1 having sum(clicks) > 0")
    expected = defaultdict[Any, int](int)
    for click in people:
        expected[told.observed.creative(click)] += 1
    assert {told.named[creative]: clicks for creative, clicks in rows} == expected


@worlds
def test_what_platforms_count_stands_beside_what_was_seen_and_is_never_added_to_it(told: Told) -> None:
    reported = sum(report.clicks for report in told.bought.reports if report.level == "ad")
    assert told.books.query("select sum(reported_clicks) from facts_daily where ad_id is not null") == [(reported,)]


def test_what_a_second_sender_reports_of_the_same_ad_days_is_shown_and_counts_nowhere(arbitrage: Told) -> None:
    rows = arbitrage.books.query(
        "select sender, sum(amount) from money_ledger where bucket = 'duplicate_report' group by 1"
    )
    assert [sender for sender, _ in rows] == ["tracker"] and rows[0][1] > 10
