"""The totals of the overview: honest about days that are not over, about chance, and about spend nobody stated."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random

import duckdb
import pandas as pd
import pytest

from dashboard.config import Settings
from dashboard.look import Look, look_at
from dashboard.pages.overview import chance, sums
from dashboard.pages.overview.cards import Compared, Kpi, kpis
from dashboard.pages.overview.chance import Period, Range
from dashboard.pages.overview.totals import compared, head, notes, untied
from dashboard.pages.overview.window import full_days
from dashboard.words import MEASURES

COLUMNS = (*sums.COUNTS, "orders", "leads", "goals", "cost", "revenue", "profit")


@pytest.fixture
def look(real_arbitrage: Path, settings: Settings) -> Callable[[str], Look]:
    return lambda search="": look_at(real_arbitrage, settings, search)


@pytest.fixture
def shop(real_shop: Path, settings: Settings) -> Callable[[str], Look]:
    return lambda search="": look_at(real_shop, settings, search)


def cards(at: Look) -> dict[str, Kpi]:
    days = sums.daily(at, at.period)
    measures = sums.cards_of(at.fresh.kind, sums.reported(at))
    return {kpi.measure.key: kpi for kpi in kpis(days, compared(at), measures, at.fresh.currency)}


def period(clicks: int, orders: list[int], worth: float, cost: float = 10.0) -> Period:
    """Days of equal clicks, each with so many equal orders."""
    rows = [
        {**dict.fromkeys(COLUMNS, 0), "clicks": clicks, "orders": many, "goals": many, "cost": cost,
         "revenue": many * worth, "profit": many * worth - cost}
        for many in orders
    ]  # fmt: skip
    cohorts = [
        {"clicks": clicks, "converted": many, "revenue": many * worth, "squared": many * worth**2} for many in orders
    ]
    return Period(pd.DataFrame(rows), pd.DataFrame(cohorts))


def one(key: str, now: Period, before: Period) -> Kpi:
    return kpis(now.days, Compared(now, before), [MEASURES[key]], "USD")[0]


def test_the_sums_are_those_of_the_facts(look: Callable[[str], Look]) -> None:
    at = look("?period=14")
    days = sums.daily(at, at.period)
    with duckdb.connect(str(at.real), read_only=True) as con:
        expected = con.execute(
            "select sum(clicks), sum(cost_direct + cost_allocated),"
            " sum(revenue_settled + revenue_provisional - refunds) from facts_daily where day between ? and ?",
            [at.period.first, at.period.last],
        ).fetchall()[0]
    assert (len(days), int(days["clicks"].sum())) == (14, expected[0])
    assert days["cost"].sum() == pytest.approx(float(expected[1]))
    assert days["revenue"].sum() == pytest.approx(float(expected[2]))


def test_totals_are_the_rows_of_the_leaderboard_and_what_no_creative_is_known_for(look: Callable[[str], Look]) -> None:
    at = look("?period=14")
    days, creatives = sums.daily(at, at.period), sums.per_creative(at, at.period)
    assert creatives["cost"].sum() + untied(days, "cost") == pytest.approx(days["cost"].sum())
    assert creatives["revenue"].sum() + untied(days, "revenue") == pytest.approx(days["revenue"].sum())
    assert creatives["profit"].is_monotonic_decreasing


@pytest.mark.parametrize("vs", ["previous", "weekdays"])
def test_today_is_in_the_values_and_neither_side_has_it_in_the_change(look: Callable[[str], Look], vs: str) -> None:
    at = look(f"?period=7&vs={vs}")
    now, before = full_days(at)
    assert now is not None and before is not None
    assert (now.last, now.days, before.days) == (at.fresh.today - timedelta(days=1), 6, 6)
    assert before.first == at.before.first  # type: ignore[union-attr]
    assert cards(at)["spend"].was.startswith("full days: ")
    assert "today is not over" in " ".join(notes(at, 0, 0))


def test_a_period_of_today_alone_has_nothing_to_compare_and_says_so(look: Callable[[str], Look]) -> None:
    at = look("?period=today")
    assert {kpi.change for kpi in cards(at).values()} == {""}
    assert "nothing yet to compare" in " ".join(notes(at, 0, 0))


def test_a_period_that_is_over_is_compared_whole(look: Callable[[str], Look]) -> None:
    at = look("?period=2026-11-09..2026-11-15")
    assert full_days(at) == (at.period, at.before)
    assert "full days" not in cards(at)["spend"].was


def test_a_step_that_nobody_reports_does_not_appear(look: Callable[[str], Look], shop: Callable[[str], Look]) -> None:
    assert list(cards(look("")))[:3] == ["profit", "revenue", "spend"]
    assert not {"orders", "leads", "cvr", "cpa"} & set(cards(look("")))
    assert {"orders", "cpa", "roas"} <= set(cards(shop("")))
    assert not {"ctr1", "ctr2", "rpc"} & set(cards(shop("")))


def test_a_change_that_chance_makes_is_neither_good_nor_bad() -> None:
    few = one("profit", period(100, [3, 2, 1, 3], 10.0), period(100, [4, 3, 3, 5], 10.0))
    assert (few.change, few.tone, few.chance) == ("−54.5%", "flat", "within chance")
    many = one("profit", period(10000, [300, 200, 250, 250], 10.0), period(10000, [400, 380, 400, 420], 10.0))
    assert (many.tone, many.chance) == ("bad", "")


def test_days_that_differ_wildly_make_the_same_change_chance() -> None:
    steady = one("revenue", period(1000, [80] * 6, 5.0), period(1000, [100] * 6, 5.0))
    wild = one("revenue", period(1000, [10, 150] * 3, 5.0), period(1000, [20, 180] * 3, 5.0))
    assert steady.change == wild.change == "−20.0%"
    assert (steady.tone, wild.tone, wild.chance) == ("bad", "flat", "within chance")


def test_chance_alone_calls_no_more_than_some_of_its_changes_something() -> None:
    dice, called = Random(3), 0
    for _ in range(300):
        now, before = (
            period(500, [sum(dice.random() < 0.06 for _ in range(500)) for _ in range(6)], 4.0) for _ in "ab"
        )
        called += one("revenue", now, before).tone != "flat"
    assert called <= 300 * 0.08, "about one in twenty"


def test_what_is_bought_is_counted_and_its_price_is_toned_only_where_it_moved() -> None:
    assert one("spend", period(100, [1], 1.0, cost=90), period(100, [1], 1.0, cost=30)).tone == "flat"
    paid = [period(100, [1], 1.0, cost=cost) for cost in (30.0, 30.1, 45.0)]
    for each in paid:
        each.days["reported_clicks"] = 100
    assert one("cpc", paid[1], paid[0]).tone == "flat"
    assert one("cpc", paid[2], paid[0]).tone == "bad"


def test_a_loss_that_became_a_gain_is_told_as_an_amount() -> None:
    kpi = one("profit", period(100, [5, 5], 10.0), period(100, [0, 0], 10.0))
    assert (kpi.change, kpi.was) == ("+$100.00", "was −$20.00")


def test_the_interval_of_a_difference_is_movers() -> None:
    found = chance.change(Range(10, 7, 14), Range(4, 2, 8))
    assert (found.value, found.low, found.high) == pytest.approx((6, 6 - 5, 6 + 20**0.5))
    assert chance.by_chance(found) is False
    assert chance.by_chance(chance.UNKNOWN) is None


def test_spend_that_no_report_splits_by_device_is_unknown_and_not_zero(look: Callable[[str], Look]) -> None:
    at = look("?period=14&device=mobile")
    found = cards(at)
    assert (found["spend"].value, found["profit"].value, found["profit_per_click"].value) == ("n/a", "n/a", "n/a")
    assert found["revenue"].value.startswith("$")
    days = sums.daily(at, at.period)
    assert "Spend is not stated by these filters" in " ".join(notes(at, untied(days, "cost"), 0))
    assert sums.per_creative(at, at.period)["profit"].isna().all()


def test_cohorts_count_each_click_once(look: Callable[[str], Look]) -> None:
    at = look("?period=28")
    cohorts, days = sums.cohorts(at, at.period), sums.daily(at, at.period)
    assert cohorts["clicks"].sum() == pytest.approx(days["clicks"].sum(), rel=0.005)
    assert cohorts["revenue"].sum() <= days["revenue"].sum() * 1.02
    assert cohorts["click_day"].is_unique


def test_the_head_has_a_card_each_and_one_note(look: Callable[[str], Look]) -> None:
    cards_, note = head(look("?period=14")).children  # type: ignore[attr-defined]
    assert len(cards_.children) == len(cards(look("?period=14")))
    assert "could be chance" in note.children and "still maturing" in note.children


def test_maturing_days_are_those_of_the_period_only(look: Callable[[str], Look]) -> None:
    assert "still maturing" not in " ".join(notes(look("?period=2026-11-01..2026-11-10"), 0, 0))
    assert look("").fresh.today == date(2026, 11, 23)
