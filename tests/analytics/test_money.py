"""This module owns the promises about money: every amount is counted once, and where it could not be placed is said."""

import itertools
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journeys import START, Books, Item, item, journey, report, shown

DAY = START.date()
AD = {"network": "facebook", "account_id": "act_1", "campaign_id": "c1", "adset_id": "s1", "ad_id": "ad-1"}
Sums = dict[str | None, tuple[Decimal, Decimal]]


def click(identity: str, name: str | None = "A", at: datetime = START, **more: Any) -> Item:
    """A click on an ad that showed a creative, a second later than the one numbered before."""
    fields = {**AD, "click_id": f"c-{identity}", "visitor_id": f"v-{identity}", **more}
    return item("click", identity, at, **({"referrerAdCreative": shown(name)} if name else {}) | fields)


def clicks(names: str, at: datetime = START, **more: Any) -> list[Item]:
    """One click per letter."""
    return [click(f"{at:%d}-{number}-{name}", name, at, **more) for number, name in enumerate(names)]


def costs(books: Books) -> Sums:
    """(direct, allocated) cost by creative text, without what is zero."""
    rows = books.query(
        "select creative_text, sum(cost_direct), sum(cost_allocated) from facts_daily left join creatives"
        " using (creative_id) group by 1 having sum(cost_direct + cost_allocated) > 0"
    )
    return {text and text.removesuffix(" of v"): (direct, allocated) for text, direct, allocated in rows}


def ledger(books: Books, side: str) -> dict[str, Decimal]:
    """Amount by bucket."""
    return dict(books.query("select bucket, sum(amount) from money_ledger where side = ? group by 1", side))


def ads(*letters: str) -> list[str]:
    return [f"Ad {letter}" for letter in letters]


# --- spend -----------------------------------------------------------------------------------------------------


def test_the_cost_of_an_ad_with_one_text_that_day_is_that_creatives_own(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(click("1"), report(DAY, "10.50", ad_id="ad-1"))
    assert costs(books.build()) == {"Ad A": (Decimal("10.5"), 0)}
    assert ledger(books, "spend") == {"in": Decimal("10.5"), "direct": Decimal("10.5")}


def largest_remainder(whole: int, weights: dict[str, int]) -> dict[str, int]:
    """Hamilton's method: whole shares first, then one each by the largest remainder, ties by the larger weight."""
    total = sum(weights.values())
    shares = {name: whole * weight // total for name, weight in weights.items()}
    order = sorted(weights, key=lambda name: (-(whole * weights[name] % total), -weights[name]))
    for name in order[: whole - sum(shares.values())]:
        shares[name] += 1
    return shares


@pytest.mark.parametrize(
    ("texts", "cost", "first"),
    [
        ("AAB", "10", "6.666667"),
        ("AAABB", "0.000001", "0.000001"),
        ("AABBCCC", "0.000004", "0.000001"),
        ("AAAAABBBC", "1.000007", "0.555559"),
        ("AB", "0.000001", None),
    ],
)
def test_two_texts_on_one_ad_share_its_cost_by_their_clicks_and_the_last_unit_goes_to_the_largest_remainder(
    tmp_path: Path, texts: str, cost: str, first: str | None
) -> None:
    books = Books(tmp_path)
    books.post(*clicks(texts), report(DAY, cost, ad_id="ad-1"))
    found = {name: allocated for name, (_, allocated) in costs(books.build()).items()}
    weights = {f"Ad {name}": texts.count(name) for name in texts}
    units = int(Decimal(cost) * 1_000_000)
    if first is None:  # an even split has no larger half: any, but always the same
        assert list(found.values()) == [Decimal(cost)]
    else:
        expected = {name: Decimal(n) / 1_000_000 for name, n in largest_remainder(units, weights).items() if n}
        assert found == expected
        assert found["Ad A"] == Decimal(first)
    assert ledger(books, "spend") == {"in": Decimal(cost), "allocated": Decimal(cost)}


def test_counts_of_a_report_are_shared_like_its_cost(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(
        *clicks("AAB"),
        report(DAY, "1", ad_id="ad-1", impressions=100, clicks=4, platform_conversions=1, platform_revenue="9"),
    )
    rows = books.build().query(
        "select sum(reported_impressions), sum(reported_clicks), sum(reported_conversions), sum(reported_revenue)"
        " from facts_daily join creatives using (creative_id) group by creative_text order by creative_text"
    )
    assert rows == [(67, 3, 1, 6), (33, 1, 0, 3)]


def test_review_clicks_do_not_weigh(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(*clicks("AB"), *clicks("BBB", START + timedelta(minutes=1), traffic="review"),
               report(DAY, "10", ad_id="ad-1"))  # fmt: skip
    assert costs(books.build()) == {"Ad A": (0, 5), "Ad B": (0, 5)}


def test_several_texts_without_a_click_that_day_share_equally(tmp_path: Path) -> None:
    books = Books(tmp_path)
    around = [each for day in (0, 2) for each in clicks("AAB", START + timedelta(days=day))]
    books.post(*around, report(DAY + timedelta(days=1), "10", ad_id="ad-1"))
    assert costs(books.build()) == {"Ad A": (0, 5), "Ad B": (0, 5)}


def test_an_ad_without_any_text_is_its_own_creative_under_its_name(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(report(DAY, "3", ad_id="ad-1", ad_name="blankets v3"), report(DAY, "4", ad_id="ad-2"))
    assert costs(books.build()) == {"blankets v3": (3, 0), "Ad ad-2": (4, 0)}
    assert ledger(books, "spend") == {"in": 7, "direct": 7}


def test_the_same_ad_id_in_two_accounts_is_two_ads(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(report(DAY, "3", ad_id="1", ad_name="one"), report(DAY, "4", ad_id="1", account_id="act_2"))
    assert books.build().query("select count(*), sum(ads) from creatives") == [(2, 2)]
    assert ledger(books, "spend") == {"in": 7, "direct": 7}


def test_a_click_that_does_not_name_its_account_meets_the_cost_that_does(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(click("1", account_id=None), report(DAY, "10", ad_id="ad-1"))
    assert costs(books.build()) == {"Ad A": (10, 0)}


@pytest.mark.parametrize(
    ("rows", "direct", "campaign_only"),
    [
        ([("ad", "6")], 6, None),
        ([("ad", "6"), ("adset", "8")], 6, 2),
        ([("ad", "6"), ("campaign", "10")], 6, 4),
        ([("ad", "6"), ("adset", "8"), ("campaign", "10")], 6, 4),
        ([("adset", "8"), ("campaign", "10")], None, 10),
        ([("campaign", "10")], None, 10),
        ([("ad", "6"), ("adset", "6"), ("campaign", "6")], 6, 0),
        ([("ad", "6"), ("adset", "5"), ("campaign", "5.99")], 6, 0),
    ],
)
def test_ad_set_and_campaign_rows_count_less_the_rows_beneath_them(
    tmp_path: Path, rows: list[tuple[str, str]], direct: int | None, campaign_only: int | None
) -> None:
    books = Books(tmp_path)
    own = {"ad": AD, "adset": {"adset_id": "s1", "campaign_id": "c1"}, "campaign": {"campaign_id": "c1"}}
    books.post(*(report(DAY, cost, level, **own[level]) for level, cost in rows))
    found = ledger(books.build(), "spend")
    assert found["in"] == (direct or 0) + (campaign_only or 0)
    assert (found.get("direct"), found.get("campaign_only") or None) == (direct, campaign_only or None)


def test_the_newest_version_of_a_report_counts_even_if_it_came_first(tmp_path: Path) -> None:
    books = Books(tmp_path)
    for stated, cost in (("2026-11-21T10:00:00Z", "12"), ("2026-11-21T09:00:00Z", "7")):
        books.post(report(DAY, cost, ad_id="ad-1", stated=stated))
    assert ledger(books.build(), "spend")["in"] == 12


def test_reports_that_do_not_say_when_count_in_the_order_of_their_arrival(tmp_path: Path) -> None:
    books = Books(tmp_path)
    for cost in ("12", "7", "12", "9"):
        books.post(report(DAY, cost, ad_id="ad-1"))
    assert ledger(books.build(), "spend")["in"] == 9


def test_a_report_replaces_the_costs_that_clicks_of_the_same_ad_and_day_carry(tmp_path: Path) -> None:
    books = Books(tmp_path)
    later = START + timedelta(days=1)
    books.post(
        click("1", cost="0.10"), click("2", cost="0.20"), report(DAY, "5", ad_id="ad-1"),
        click("3", "B", later, cost="0.40"), click("4", "C", cost="0.80", ad_id="ad-2"),
        click("5", "D", cost="1.60", ad_id=None),
    )  # fmt: skip
    assert costs(books.build()) == {
        "Ad A": (5, 0), "Ad B": (Decimal("0.4"), 0), "Ad C": (Decimal("0.8"), 0), "Ad D": (Decimal("1.6"), 0),
    }  # fmt: skip
    assert ledger(books, "spend") == {"in": Decimal("7.8"), "direct": Decimal("7.8")}


def test_cost_without_an_ad_and_a_text_is_unmatched_and_not_lost(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(click("1", None, ad_id=None, cost="0.10"))
    assert ledger(books.build(), "spend") == {"in": Decimal("0.1"), "unmatched": Decimal("0.1")}
    assert costs(books) == {None: (Decimal("0.1"), 0)}


def test_another_currency_is_shown_and_never_mixed_in(tmp_path: Path) -> None:
    books = Books(tmp_path)
    order = {"conversion_kind": "purchase", "visitor_id": "v-1"}
    books.post(
        click("1"), report(DAY, "10", ad_id="ad-1"), report(DAY, "70", ad_id="ad-2", currency="EUR"),
        item("conversion", "o1", revenue="30", transaction_id="t1", **order),
        item("conversion", "o2", revenue="500", transaction_id="t2", currency="EUR", **order),
        item("refund", "r2", revenue="40", transaction_id="t2", currency="EUR"),
    )  # fmt: skip
    assert costs(books.build()) == {"Ad A": (10, 0)}
    assert books.query("select sum(revenue_settled), sum(refunds), sum(conversions) from facts_daily") == [(30, 0, 2)]
    assert books.query(
        "select side, bucket, currency, amount from money_ledger where currency = 'EUR' order by all"
    ) == [("revenue_unconverted", "in", "EUR", 460), ("spend", "direct", "EUR", 70), ("spend", "in", "EUR", 70)]


def test_amounts_of_currencies_with_many_digits_can_be_shared(tmp_path: Path) -> None:
    books = Books(tmp_path, currency="VND")
    books.post(
        *(each | {"currency": "VND"} for each in journey("A B A => 900000000", campaign_id="c1")),
        click("1", count=900_000), click("2", "B", count=100_000),
        report(DAY, "900000000", ad_id="ad-1", currency="VND"),
    )  # fmt: skip
    assert ledger(books.build(), "spend") == {"in": 900_000_000, "allocated": 900_000_000}
    assert books.query("select max(revenue_squared) from click_cohorts") == [(Decimal(9 * 10**8) ** 2,)]


# --- revenue ---------------------------------------------------------------------------------------------------


def paid(stage: str | None, amount: str, minutes: int, kind: str = "revenue", **more: Any) -> Item:
    """A word about the money of the transaction t."""
    at = START + timedelta(minutes=minutes)
    whose = {"transaction_id": "t"} | more
    return item(kind, f"{kind}-{minutes}", at, revenue=amount, revenue_stage=stage, **whose)


SALE = paid("estimated", "0.40", 0, "ad_click", click_id="c-1")
# (what is said of the money of SALE, settled, provisional)
STAGED: list[tuple[list[Item], str, str]] = [
    ([], "0", "0.4"),
    ([paid("pre_estimated", "0.9", 9)], "0", "0.4"),
    ([paid("estimated", "0.5", 9)], "0", "0.5"),
    ([paid("estimated", "0.5", 9), paid("estimated", "0.6", 8)], "0", "0.5"),
    ([paid("final", "0.3", 5), paid("estimated", "0.6", 9)], "0.3", "0"),
    ([paid("final", "0.3", 5), paid("final", "0.2", 9)], "0.2", "0"),
    ([paid("final", "0.3", 5), paid("adjusted", "0", 6), paid("final", "0.7", 9)], "0", "0"),
    ([paid("final", "0.3", 5), paid("adjusted", "-0.1", 6)], "-0.1", "0"),
]


@pytest.mark.parametrize(("words", "settled", "provisional"), STAGED)
def test_a_stage_replaces_by_rank_then_time_and_is_never_added(
    tmp_path: Path, words: list[Item], settled: str, provisional: str
) -> None:
    books = Books(tmp_path, kind="arbitrage")
    for each in (click("1"), SALE, *words):
        books.post(each)
    books.build()
    assert books.query("select sum(revenue_settled), sum(revenue_provisional), sum(ad_clicks) from facts_daily") == [
        (Decimal(settled), Decimal(provisional), 1)
    ]
    assert ledger(books, "revenue")["matched"] == Decimal(settled) + Decimal(provisional)


def test_refunds_add_up_each_once(tmp_path: Path) -> None:
    books = Books(tmp_path)
    first, second = (paid(None, amount, n, "refund") for amount, n in (("10", 5), ("-2.5", 6)))
    books.post(*journey("A"), paid("final", "30", 1, "conversion", visitor_id="v", conversion_kind="purchase"))
    for each in (first, second, first):
        books.post(each)
    books.build()
    assert books.query("select sum(revenue_settled), sum(refunds), sum(conversions) from facts_daily") == [
        (30, Decimal("12.5"), 1)
    ]
    assert ledger(books, "revenue") == {"in": Decimal("17.5"), "matched": Decimal("17.5")}


def test_refunds_are_booked_on_the_day_of_their_order(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(*journey("A => 30 5d -10"))
    assert books.build().query("select distinct day from facts_daily where refunds > 0") == [(DAY,)]


@pytest.mark.parametrize(("kind", "booked"), [("arbitrage", DAY), ("shop", DAY + timedelta(days=3))])
def test_money_is_booked_on_the_day_of_the_click_or_of_the_order(tmp_path: Path, kind: str, booked: date) -> None:
    books = Books(tmp_path, kind=kind)
    books.post(*journey("A* 3d => 30 2d -1"))
    rows = books.build().query("select day, sum(revenue_settled - refunds) from facts_daily group by 1 having sum(revenue_settled) <> 0")
    assert rows == [(booked, 29)]
    assert books.query("select distinct day from money_ledger where side = 'revenue'") == [(booked,)]


def test_the_reporting_zone_draws_the_line_between_days(tmp_path: Path) -> None:
    books = Books(tmp_path, timezone="America/Los_Angeles")
    books.post(click("1", at=datetime.combine(DAY, datetime.min.time()) + timedelta(hours=6, minutes=59)),
               click("2", "B", datetime.combine(DAY, datetime.min.time()) + timedelta(hours=7)))  # fmt: skip
    assert books.build().query("select day, clicks from facts_daily order by day") == [
        (DAY - timedelta(days=1), 1), (DAY, 1)
    ]  # fmt: skip


def test_revenue_without_a_goal_is_money_and_no_conversion(tmp_path: Path) -> None:
    books = Books(tmp_path, kind="arbitrage")
    books.post(click("1"), item("revenue", "r1", revenue="0.40", click_id="c-1"),
               item("revenue", "r2", revenue="0.10", transaction_id="nobody"))  # fmt: skip
    books.build()
    assert ledger(books, "revenue") == {
        "in": Decimal("0.5"), "matched": Decimal("0.4"), "unattributable": Decimal("0.1"),
    }  # fmt: skip
    assert books.query("select sum(conversions), sum(ad_clicks) from facts_daily") == [(0, 0)]
    assert books.query("select kind, amount, conversions from goals order by amount") == [
        ("revenue_only", Decimal("0.1"), 0), ("revenue_only", Decimal("0.4"), 0)
    ]  # fmt: skip


def test_revenue_that_names_only_the_click_revises_the_goal_of_that_click(tmp_path: Path) -> None:
    books = Books(tmp_path, kind="arbitrage")
    books.post(click("1"), SALE, item("revenue", "r", START + timedelta(hours=1), revenue="0.25", click_id="c-1"))
    assert ledger(books.build(), "revenue") == {"in": Decimal("0.25"), "matched": Decimal("0.25")}


def test_goals_of_one_click_without_a_transaction_each_keep_their_money(tmp_path: Path) -> None:
    books = Books(tmp_path, kind="arbitrage")
    books.post(click("1"), *(item("ad_click", f"a{n}", START + timedelta(minutes=n), revenue=amount, click_id="c-1")
                             for n, amount in enumerate(("0.40", "0.60"))))  # fmt: skip
    assert ledger(books.build(), "revenue") == {"in": 1, "matched": 1}


def test_a_goal_that_is_stated_in_stages_under_one_id_counts_once_with_the_latest_money(tmp_path: Path) -> None:
    books = Books(tmp_path, kind="arbitrage")
    stages = (("estimated", "0.40"), ("final", "0.30"))
    for extra in ({}, {"click_id": "c-1"}):
        books.post(*(item("ad_click", f"a{len(extra)}", START, revenue=amount, revenue_stage=stage, **extra)
                     for stage, amount in stages))  # fmt: skip
    books.post(click("1"))
    assert books.build().query("select sum(amount), count(*), sum(conversions) from goals") == [(Decimal("0.6"), 2, 2)]


def test_goals_that_share_nothing_but_an_id_are_different_goals(tmp_path: Path) -> None:
    books = Books(tmp_path)
    for sender in ("shop", "crm"):
        books.post(item("conversion", "1", revenue="10", conversion_kind="purchase"), sender=sender)
    books.post(item("ad_click", "1", revenue="5"))
    assert books.build().query("select count(*), sum(amount) from goals") == [(3, 25)]


def test_two_orders_of_one_click_stay_two(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(*journey("A* => 30 => 20"))
    assert books.build().query("select sum(conversions), sum(revenue_settled) from facts_daily") == [(2, 50)]


# --- who counts ------------------------------------------------------------------------------------------------


def order(identity: str, minutes: int, revenue: str = "30", **more: Any) -> Item:
    """The purchase t of the visitor v, as one sender tells it."""
    fields = {"conversion_kind": "purchase", "visitor_id": "v", "transaction_id": "t", **more}
    return item("conversion", identity, START + timedelta(hours=1, minutes=minutes), revenue=revenue, **fields)


def test_without_a_system_of_record_an_order_that_two_senders_report_counts_once(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(*journey("A"), order("s1", 0))
    books.post(order("p1", 1), sender="pixel")
    assert books.build().query("select sum(conversions), sum(revenue_settled) from facts_daily") == [(1, 30)]


def test_the_system_of_record_counts_and_the_others_corroborate(tmp_path: Path) -> None:
    books = Books(tmp_path, conversions={"purchase": {"from": "shop"}})
    books.post(*journey("A"), order("s1", 5), order("s2", 6, transaction_id="t2"))
    books.post(order("p1", 0, "99"), order("p3", 9, "99", transaction_id="only-pixel"), sender="pixel")
    books.post(item("revenue", "x", revenue="77", transaction_id="t", revenue_stage="adjusted"), sender="pixel")
    assert books.build().query("select sum(conversions), sum(revenue_settled) from facts_daily") == [(2, 60)]
    assert ledger(books, "revenue")["in"] == 60


def test_a_refund_counts_from_whoever_takes_the_money_back(tmp_path: Path) -> None:
    books = Books(tmp_path, conversions={"purchase": {"from": "shop"}})
    books.post(*journey("A"), order("s1", 5))
    books.post(item("refund", "r", START + timedelta(days=2), revenue="10", transaction_id="t"), sender="payments")
    assert ledger(books.build(), "revenue") == {"in": 20, "matched": 20}


def test_kinds_have_their_own_system_of_record(tmp_path: Path) -> None:
    books = Books(tmp_path, conversions={"purchase": {"from": "shop"}})
    books.post(order("l1", 0, conversion_kind="lead", transaction_id="l"), sender="crm")
    books.post(order("s1", 1), sender="shop")
    assert books.build().query("select kind, sender, conversions, amount from goals order by kind") == [
        ("lead", "crm", 1, 30), ("purchase", "shop", 1, 30)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "marked", [{"traffic": "suspect"}, {"traffic": "test"}, {"ad_id": "{{ad.id}}"}], ids=["suspect", "test", "macro"]
)
def test_money_of_what_is_not_human_stands_in_a_bucket_of_its_own(tmp_path: Path, marked: dict[str, str]) -> None:
    books = Books(tmp_path)
    books.post(*journey("A* => 30"), *journey("B* => 7", "bot", **marked))
    books.build()
    assert ledger(books, "revenue") == {"in": 37, "matched": 30, "non_human": 7}
    assert books.query("select sum(clicks), sum(conversions), sum(revenue_settled) from facts_daily") == [(1, 1, 30)]
    assert books.query("select sum(conversions) from attribution_ledger where rule = 'linear' and window_days = 7"
                       " and bucket = 'total'") == [(1,)]  # fmt: skip


# --- order of arrival --------------------------------------------------------------------------------------------

stages = st.sampled_from(["pre_estimated", "estimated", "final", "adjusted"])
words = st.builds(
    lambda stage, cents, minutes, number: paid(stage, f"{cents / 100}", minutes) | {"id": f"w{number}"},
    stages, st.integers(0, 99), st.integers(1, 3), st.integers(0, 2),
)  # fmt: skip
reports_ = st.builds(
    lambda cost, hour, ad: report(DAY, str(cost), ad_id=ad, stated=f"2026-11-21T0{hour}:00:00Z"),
    st.integers(0, 9), st.integers(1, 3), st.sampled_from(["ad-1", "ad-2"]),
)  # fmt: skip


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(words, max_size=5), st.lists(reports_, max_size=4), st.randoms(use_true_random=False))
def test_the_order_and_the_parts_in_which_deliveries_arrive_change_no_mart(
    tmp_path_factory: pytest.TempPathFactory, money: list[Item], stated: list[Item], random: Any
) -> None:
    again = click("9", "B", click_id="c-1")  # the same click twice, at the same moment, with another text
    refund = paid(None, "0.05", 7, "refund")
    fixed = [click("1"), click("2", "B"), again, SALE, refund, *journey("A B => 5", "w")]
    items = [*fixed, *money, *stated]
    marts = []
    for arrival in range(2):
        books = Books(tmp_path_factory.mktemp("order"), kind="arbitrage")
        for number, each in enumerate(items):
            books.post(each)
            if arrival and number == len(items) // 2:
                books.load()
        marts.append(all_tables(books.build()))
        random.shuffle(items)
    assert marts[0] == marts[1]


def all_tables(books: Books) -> dict[str, list[tuple[Any, ...]]]:
    """Every table of a build, row by row in order; without what speaks of arrival itself."""
    names = books.query("select table_name from duckdb_tables() where table_name not in ('freshness', 'events', 'texted',"
                        " 'laddered', 'identified', 'reports_now') order by 1")  # fmt: skip
    with books.opened() as connection:
        return {name: connection.execute(f"from {name} order by all").fetchall() for (name,) in names}


def test_equal_words_about_money_from_two_senders_are_one(tmp_path: Path) -> None:
    books = Books(tmp_path)
    for sender, (kind, number) in itertools.product(("a", "b"), (("revenue", 1), ("revenue", 2))):
        books.post(paid("final", "5", number, kind), sender=sender)
    assert ledger(books.build(), "revenue")["in"] == 5


def balanced(rows: Iterable[tuple[str, Decimal]]) -> Decimal:
    return sum((amount if bucket == "in" else -amount for bucket, amount in rows), Decimal(0))


def test_the_ledger_of_a_day_with_everything_in_it_balances(tmp_path: Path) -> None:
    books = Books(tmp_path, conversions={"purchase": {"from": "shop"}})
    campaign = report(DAY, "40", "campaign", campaign_id="c1")
    books.post(*clicks("AAB"), report(DAY, "10.01", **AD), campaign, report(DAY, "3", ad_id="ad-9", currency="EUR"))
    books.post(*journey("A B A => 30.01 -5 => lead => 7"), *journey("C =>? 1.23", "w"), *journey("D* => 9", "x"))
    books.post(click("z", None, ad_id=None, cost="0.07"), item("revenue", "r", revenue="2", transaction_id="u"))
    books.build()
    for side, whole in (("spend", Decimal("43.07")), ("revenue", Decimal("44.24"))):
        rows = books.query("select bucket, amount from money_ledger where side = ?", side)
        assert balanced(rows) == 0
        total = "select amount from money_ledger where side = ? and bucket = 'in' and currency = 'USD'"
        assert sum(amount for (amount,) in books.query(total, side)) == whole
