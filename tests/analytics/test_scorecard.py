"""This module owns the promises of the scorecard: windows, scopes, rates as computed by hand, and verdicts."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from math import prod
from pathlib import Path
from typing import Any

import pytest
from journeys import NOW, Books, Item, item, report, shown
from scipy.special import gammaincinv

from analytics.metrics import METRICS

TODAY = NOW.date()
WINDOWS = {1: 1, 3: 3, 7: 7, 14: 14, 28: 28, 0: 36_500}


def morning(days_ago: int) -> datetime:
    return datetime.combine(TODAY - timedelta(days=days_ago), datetime.min.time()) + timedelta(hours=8)


def click(identity: str, days_ago: int, name: str = "A", **more: Any) -> Item:
    fields = {"network": "facebook", "campaign_id": "c1", "ad_id": f"ad-{name}", "country": "US", "account_id": "act_1"}
    return item("click", identity, morning(days_ago), click_id=identity, visitor_id=identity,
                referrerAdCreative=shown(name), **fields | more)  # fmt: skip


def order(identity: str, days_ago: int, revenue: str, hours: int = 1, kind: str = "purchase") -> Item:
    """An order of the visitor of the click of that name."""
    return item("conversion", f"o-{identity}-{hours}", morning(days_ago) + timedelta(hours=hours), revenue=revenue,
                visitor_id=identity, conversion_kind=kind, transaction_id=f"t-{identity}-{hours}")  # fmt: skip


def spend(days_ago: int, cost: str, name: str = "A", **more: Any) -> Item:
    fields = {"ad_id": f"ad-{name}", "campaign_id": "c1", "country": "US"} | more
    return report(TODAY - timedelta(days=days_ago), cost, **fields)


def row(books: Books, window: int, scope: str = "campaign", name: str = "A", **where: Any) -> dict[str, Any]:
    """The one row of a creative in a window and a scope."""
    clauses = "".join(f" and {column} is not distinct from ?" for column in where)
    with books.opened() as connection:
        cursor = connection.execute(
            "select s.* from creative_scorecard s join creatives using (creative_id)"
            f" where creative_text = ? and window_days = ? and scope = ?{clauses}",
            [shown(name), window, scope, *where.values()],
        )
        (found,) = cursor.fetchall()
        return dict(zip([column[0] for column in cursor.description or []], found, strict=True))


@pytest.fixture(scope="module")
def aged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Books, list[int]]]:
    """One click of creative A on each of these days ago."""
    days = [0, 1, 2, 6, 7, 8, 13, 27, 28, 40]
    books = Books(tmp_path_factory.mktemp("windows"), kind="shop")
    books.post(*(click(f"d{ago}", ago) for ago in days), *(spend(ago, "1") for ago in days))
    yield books.ready(), days


@pytest.mark.parametrize(("window", "length"), WINDOWS.items())
def test_a_window_is_its_days_with_today(aged: tuple[Books, list[int]], window: int, length: int) -> None:
    books, days = aged
    within = [ago for ago in days if ago < length]
    found = row(books, window)
    assert (found["clicks"], found["cost"]) == (len(within), len(within))
    first = TODAY - timedelta(days=(window or max(days) + 1) - 1)
    assert (found["window_start"], found["window_end"]) == (first, TODAY)


@pytest.mark.parametrize(("window", "length"), WINDOWS.items())
def test_a_click_is_mature_seven_days_after_it_in_a_shop(
    aged: tuple[Books, list[int]], window: int, length: int
) -> None:
    books, days = aged
    mature = len([ago for ago in days if 7 <= ago < length])
    found = row(books, window)
    assert (found["mature_clicks"], found["maturing"]) == (mature, mature == 0)


def test_rates_are_those_of_a_hand_calculation_on_the_mature_clicks(tmp_path: Path) -> None:
    books = Books(tmp_path, attribution={"clicks_min": 20})
    old = [click(f"c{n}", 10) for n in range(20)]
    young = [click(f"y{n}", 1) for n in range(5)]
    books.post(*old, *young, order("c1", 10, "30"), order("c2", 10, "30"), order("y1", 1, "500"),
               spend(10, "5", impressions=1000, clicks=25), spend(1, "100", impressions=10, clicks=5))  # fmt: skip
    found = row(books.ready(), 14)
    # Two equal orders of 20 clicks are as uncertain as 2/(1 − 2/24) = 24/11 of endlessly many: limits of a gamma law.
    low, high = 3 * gammaincinv(24 / 11, 0.025) * 11 / 24, 3 * gammaincinv(24 / 11 + 1, 0.975) * 11 / 24
    expected = {
        "epc": 3, "epc_low": low, "epc_high": high, "cvr": 0.1, "profit_per_click": 3 - 0.25,
        "profit_per_click_low": low - 0.25, "roas": 12, "roas_low": low / 0.25, "epc_shrunk": 3, "cvr_shrunk": 0.1,
        # What needs no maturity is of the whole window.
        "ctr": 30 / 1010, "cpc": 105 / 30, "cpa": 105 / 3, "rpc": None, "rps": None, "ctr1": None,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == {
        name: None if value is None else pytest.approx(value, rel=1e-6) for name, value in expected.items()
    }
    assert (found["clicks"], found["mature_clicks"], found["conversions"]) == (25, 20, 3)
    assert (found["revenue"], found["cost"], found["profit"]) == (560, 105, 455)


def test_the_steps_of_arbitrage_multiply_to_earnings_per_click(tmp_path: Path) -> None:
    books = Books(tmp_path, kind="arbitrage")
    steps = ("landing_view", "search_click", "results_view", "ad_click")
    items = [click(f"c{n}", 5) for n in range(40)]
    for depth, step in enumerate(steps):
        items += [
            item(step, f"{step}{n}", morning(5), click_id=f"c{n}", revenue="0.40" if step == "ad_click" else None)
            for n in range(32 // 2**depth)
        ]
    books.post(*items, spend(5, "4"))
    found = row(books.ready(), 7)
    assert [found[name] for name in ("lp_rate", "ctr1", "serp_rate", "ctr2")] == [0.8, 0.5, 0.5, 0.5]
    assert found["rpc"] == pytest.approx(0.4)
    assert found["epc"] == pytest.approx(prod(found[name] for name in ("lp_rate", "ctr1", "serp_rate", "ctr2", "rpc")))
    assert found["rps"] == pytest.approx(prod(found[name] for name in ("ctr1", "serp_rate", "ctr2", "rpc")))


def test_more_that_is_paid_back_than_came_in_is_published_below_zero(tmp_path: Path) -> None:
    # What came without a click is paid back, more than once: the clicks earned, the creative lost.
    lost = {"transaction_id": "t", "referrerAdCreative": shown("A"), "network": "facebook", "campaign_id": "c1"}
    books = Books(tmp_path, kind="arbitrage")
    books.post(*(click(f"c{n}", 5) for n in range(10)), spend(5, "4"),
               item("ad_click", "a1", morning(5), click_id="c1", revenue="1"),
               item("ad_click", "a2", morning(5), revenue="1", **lost),
               item("refund", "r", morning(4), revenue="5", transaction_id="t"))  # fmt: skip
    found = row(books.build(), 7, scope="all")
    assert (found["epc"], found["rpc"]) == (pytest.approx(0.1), pytest.approx(-1.5))
    assert found["rpc_low"] < found["rpc"] < found["rpc_high"] < 0


def test_each_rate_of_the_chain_divides_by_what_the_one_before_counts() -> None:
    chain = [metric for metric in METRICS if metric.metric in ("lp_rate", "ctr1", "serp_rate", "ctr2")]
    assert [metric.denominator for metric in chain] == ["clicks", *(metric.numerator for metric in chain[:-1])]
    ratios = {metric.metric: metric for metric in METRICS}
    assert ratios["epc"].denominator == chain[0].denominator
    assert ratios["rps"].denominator == chain[1].denominator


def scopes(books: Books) -> list[tuple[Any, ...]]:
    return books.query(
        "select scope, network, campaign_id, country, clicks, cast(cost as double), verdict is not null"
        " from creative_scorecard where window_days = 14 order by all"
    )


def test_a_verdict_belongs_to_a_network_a_campaign_and_a_country_and_the_pool_has_none(tmp_path: Path) -> None:
    books = Books(tmp_path)
    for number, (country, campaign) in enumerate((("US", "c1"), ("US", "c1"), ("CA", "c1"), ("US", "c2"))):
        books.post(click(f"c{number}", 9, country=country, campaign_id=campaign, ad_id=f"{campaign}-{country}"))
    books.post(*(spend(9, "2", ad_id=f"{campaign}-{country}", campaign_id=campaign, country=country)
                 for country, campaign in (("US", "c1"), ("CA", "c1"), ("US", "c2"))))  # fmt: skip
    assert scopes(books.ready()) == [
        ("all", None, None, None, 4, 6.0, False),
        ("campaign", "facebook", "c1", "CA", 1, 2.0, True),
        ("campaign", "facebook", "c1", "US", 2, 2.0, True),
        ("campaign", "facebook", "c2", "US", 1, 2.0, True),
    ]  # fmt: skip


def test_a_campaign_whose_cost_names_no_country_is_one_cell_so_that_none_looks_free(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(click("c1", 9), click("c2", 9, country="CA"), click("c3", 9, campaign_id="c2", ad_id="other"),
               spend(9, "2", country=None))  # fmt: skip
    assert scopes(books.ready()) == [
        ("all", None, None, None, 3, 2.0, False),
        ("campaign", "facebook", "c1", None, 2, 2.0, True),
        ("campaign", "facebook", "c2", "US", 1, 0.0, True),
    ]


@pytest.mark.parametrize(
    ("targets", "conversions"), [({}, 1), ({"conversion_kind": "lead"}, 3), ({"conversion_kind": "install"}, 0)]
)
def test_conversions_are_those_of_the_main_kind_and_kinds_are_never_summed(
    tmp_path: Path, targets: dict[str, str], conversions: int
) -> None:
    books = Books(tmp_path, targets=targets)
    books.post(*(click(f"c{n}", 9) for n in range(10)), spend(9, "30"), order("c1", 9, "80"),
               *(order(f"c{n}", 9, "0", kind="lead") for n in range(3, 6)))  # fmt: skip
    found = row(books.ready(), 14)
    assert (found["conversions"], found["cvr"]) == (conversions, conversions / 10)
    assert found["cpa"] == (30 / conversions if conversions else None)
    daily = books.query("select sum(conversions) from creative_daily union all select sum(conversions) from ad_daily")
    assert daily == [(conversions,), (conversions,)]
    assert found["revenue"] == 80  # money is money


def verdicts(tmp_path: Path, *items: Item, **settings: Any) -> tuple[str, str]:
    books = Books(tmp_path, **{"attribution": {"clicks_min": 100}} | settings)
    books.post(*items)
    found = row(books.ready(), 28)
    return found["verdict"], found["reason"]


def bought(buyers: int, cost: str = "40", revenue: str = "20") -> list[Item]:
    """Ten days, from 9 to 18 ago, of 20 clicks each: of all, that many buy; each day costs that much."""
    clicks = [click(f"c{n}", 9 + n % 10) for n in range(200)]
    return [*clicks, *(order(f"c{n}", 9 + n % 10, revenue) for n in range(buyers)),
            *(spend(9 + n, cost) for n in range(10))]  # fmt: skip


def test_a_clear_winner_and_a_clear_loser_are_told_apart(tmp_path: Path) -> None:
    for folder, buyers, verdict in (("w", 60, "winner"), ("l", 2, "cut")):
        assert verdicts(tmp_path / folder, *bought(buyers))[0] == verdict


def test_spend_without_any_conversion_is_evidence_where_the_worth_of_one_is_known(tmp_path: Path) -> None:
    for folder, targets, verdict in (
        ("cpa", {"cpa": "20"}, "cut"),  # a conversion is worth its target
        ("roas", {"roas": "2"}, "needs_work"),  # nobody knows yet what a sale would bring
        ("profit", {"profit_per_click": "0"}, "needs_work"),
    ):
        items = [*(click(f"c{n}", 9) for n in range(200)), spend(9, "900")]
        assert verdicts(tmp_path / folder, *items, targets=targets)[0] == verdict


def test_below_its_minimum_sample_nothing_is_said_and_young_clicks_do_not_count(tmp_path: Path) -> None:
    items = [click(f"c{n}", 9) for n in range(99)] + [click(f"y{n}", 6) for n in range(500)]
    verdict, reason = verdicts(tmp_path, *items, *(order(f"c{n}", 9, "90") for n in range(99)), spend(9, "1"))
    told = "99 mature clicks with 99 conversions: too few to judge, 100 clicks are needed"
    assert (verdict, reason) == ("too_early", told)


def test_mostly_allocated_cost_gives_no_verdict_and_young_allocated_cost_does_not_matter(tmp_path: Path) -> None:
    old = bought(80, "10", "90")
    shared = [click("s1", 9, ad_id="shared"), click("s2", 9, "B", ad_id="shared"), spend(9, "800", ad_id="shared")]
    verdict, reason = verdicts(tmp_path / "old", *old, *shared)
    assert (verdict, "80 % of its cost is shared out" in reason) == ("unattributable", True)
    young = [click("s1", 1, ad_id="shared"), click("s2", 1, "B", ad_id="shared"), spend(1, "800", ad_id="shared")]
    assert verdicts(tmp_path / "young", *old, *young)[0] == "winner"


def test_what_appeared_today_waits_for_its_first_verdict(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(click("k", 0), spend(0, "1"))
    found = row(books.ready(), 7)
    assert (found["verdict"], found["action"], found["reason"]) == (
        "too_early", "wait", "new here: the first verdict follows when the day is over")  # fmt: skip


def test_the_first_target_that_is_set_is_the_objective_else_the_kinds(tmp_path: Path) -> None:
    for number, (settings, objective, target) in enumerate((
        ({"kind": "shop"}, "roas", 1.0),
        ({"kind": "arbitrage"}, "profit_per_click", 0.0),
        ({"kind": "shop", "targets": {"cpa": "25"}}, "cpa", 25.0),
        ({"kind": "shop", "targets": {"roas": "2.5", "cpa": "25"}}, "roas", 2.5),
    )):  # fmt: skip
        books = Books(tmp_path / str(number), **settings)
        books.post(click("c1", 9))
        found = row(books.ready(), 14)
        assert (found["objective"], found["target"]) == (objective, target)


def test_money_columns_are_decimals_and_counts_are_whole(aged: tuple[Books, list[int]]) -> None:
    books, _ = aged
    with books.opened() as connection:
        types = dict(
            connection.execute(
                "select column_name, data_type from duckdb_columns() where table_name = 'creative_scorecard'"
            ).fetchall()
        )
    assert {types[name] for name in ("cost", "cost_allocated", "revenue", "profit")} == {"DECIMAL(38,6)"}
    assert {types[name] for name in ("clicks", "conversions", "mature_clicks", "reported_clicks")} == {"BIGINT"}
    assert isinstance(row(books, 0)["cost"], Decimal)


def test_a_step_that_nobody_reports_is_unknown_and_not_none(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(click("c1", 3), item("landing_view", "l1", morning(3), click_id="c1"), spend(3, "5"))
    found = row(books.build(), 7)
    assert (found["clicks"], found["landing_views"], found["lp_rate"]) == (1, 1, 1.0)
    names = ("search_clicks", "results_views", "ad_clicks", "conversions", "ctr1", "ctr1_low", "ctr1_shrunk", "cvr",
             "cvr_high", "cvr_shrunk", "cpa", "rpc")  # fmt: skip
    assert {found[name] for name in names} == {None}
    assert books.query("select conversion_kind from freshness") == [(None,)]
    assert books.query("select sum(conversions) from creative_daily") == [(0,)]


def test_the_first_conversion_of_anybody_makes_the_others_have_none(tmp_path: Path) -> None:
    books = Books(tmp_path)
    books.post(click("c1", 3), click("c2", 3, "B"), order("c2", 3, "30"))
    found = row(books.build(), 7)
    assert (found["conversions"], found["cvr"], found["landing_views"]) == (0, 0.0, None)
    assert books.query("select conversion_kind from freshness") == [("purchase",)]


def test_a_kind_that_is_set_is_expected_before_the_first_came(tmp_path: Path) -> None:
    books = Books(tmp_path, targets={"conversion_kind": "lead"})
    books.post(click("c1", 3), order("c1", 3, "30"))
    found = row(books.build(), 7)
    assert (found["conversions"], found["cvr"]) == (0, 0.0)
    assert books.query("select conversion_kind from freshness") == [("lead",)]
