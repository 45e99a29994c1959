"""The queries against a file small enough to add up by hand (see conftest.FACTS)."""

from datetime import date
from math import sqrt
from pathlib import Path

import pytest

from dashboard import queries
from dashboard.marts import Span
from dashboard.state import State

A, B = "rac1_" + "a" * 32, "rac1_" + "b" * 32
FIRST, LAST = date(2026, 11, 17), date(2026, 11, 23)


def test_the_week_has_its_days_and_the_week_before(by_hand: Path):
    span = queries.span(by_hand, 7)
    assert span == Span(FIRST, LAST, date(2026, 11, 10))
    assert span.days == 7
    assert span.before == Span(date(2026, 11, 10), date(2026, 11, 16), date(2026, 11, 10))
    fortnight = queries.span(by_hand, 14)
    assert fortnight is not None
    assert fortnight.before is None


def test_the_choices_are_what_has_a_scorecard_cell(by_hand: Path):
    found = queries.choices(by_hand)
    assert (found.networks, found.campaigns, found.countries) == (
        ("facebook", "tiktok"),
        ("2384", "9917"),
        ("CA", "US"),
    )
    assert queries.choices(by_hand, "tiktok").campaigns == ("9917",)
    assert found.creatives == 2


def test_freshness_has_aware_times_and_the_reporting_day(by_hand: Path):
    fresh = queries.freshness(by_hand)
    assert fresh.as_of.isoformat() == "2026-11-23T20:00:00+00:00"
    assert fresh.today == LAST
    assert (fresh.kind, fresh.currency, fresh.objective, fresh.target) == ("arbitrage", "USD", "profit_per_click", 0.0)


def test_the_ranking_of_all_scopes_is_by_profit(by_hand: Path):
    frame = queries.ranking(by_hand, State())
    assert frame["creative_id"].tolist() == [A, B]
    assert frame["profit"].tolist() == [15.0, -4.0]
    assert frame["clicks"].tolist() == [250, 20]
    assert frame["epc"].iloc[0] == pytest.approx(45 / 250)


def test_a_pinned_cell_keeps_its_published_interval(by_hand: Path):
    frame = queries.ranking(by_hand, State(network="facebook"))
    row = frame.iloc[0]
    assert (row["cells"], row["clicks"], row["profit"]) == (1, 200, 20.0)
    assert row["ctr1"] == pytest.approx(70 / 170)
    assert row["ctr1_low"] < 70 / 170 < row["ctr1_high"]


def test_several_cells_are_pooled_by_weight_and_their_interval_by_mover(by_hand: Path):
    (facebook,) = queries.ranking(by_hand, State(network="facebook", country="US")).to_dict("records")
    (tiktok,) = queries.ranking(by_hand, State(network="tiktok", country="US")).to_dict("records")
    (both,) = queries.ranking(by_hand, State(country="US")).to_dict("records")
    mean = (facebook["epc"] * 200 + tiktok["epc"] * 50) / 250
    down = sqrt((200 * (facebook["epc"] - facebook["epc_low"])) ** 2 + (50 * (tiktok["epc"] - tiktok["epc_low"])) ** 2)
    assert (both["cells"], both["clicks"]) == (2, 250)
    assert both["epc"] == pytest.approx(mean) == pytest.approx(45 / 250)
    assert both["epc_low"] == pytest.approx(mean - down / 250)
    assert both["ctr1"] == pytest.approx(70 / 170), "a cell that does not report a rate is left out of both sides"


def test_text_is_searched_literally_and_without_case(by_hand: Path):
    assert queries.ranking(by_hand, State(text="quiet suvs"))["creative_id"].tolist() == [A]
    assert queries.ranking(by_hand, State(text="<A HREF"))["creative_id"].tolist() == [B]
    assert queries.ranking(by_hand, State(text="%"))["creative_id"].tolist() == []
    assert queries.ranking(by_hand, State(text="' or 1=1 --"))["creative_id"].tolist() == []


def test_the_cells_are_the_scopes_that_verdicts_belong_to(by_hand: Path):
    cells = queries.cells(by_hand, State())
    assert sorted(zip(cells["creative_id"], cells["network"], cells["cost"], strict=True)) == [
        (A, "facebook", 20.0), (A, "tiktok", 10.0), (B, "facebook", 4.0),
    ]  # fmt: skip


def test_daily_sums_hold_what_no_creative_was_found_for(by_hand: Path):
    days = queries.daily(by_hand, State(), FIRST, LAST)
    assert (days["cost"].sum(), days["revenue"].sum(), days["clicks"].sum()) == (37.0, 46.0, 270)
    assert (days["untied_cost"].sum(), days["untied_revenue"].sum()) == (3.0, 1.0)


def test_daily_sums_of_a_text_or_network_leave_the_rest_out(by_hand: Path):
    assert queries.daily(by_hand, State(text="suv"), FIRST, LAST)["cost"].sum() == 30.0
    assert queries.daily(by_hand, State(network="tiktok"), FIRST, LAST)["revenue"].sum() == 5.0


def test_the_trend_is_a_row_per_day_and_creative(by_hand: Path):
    frame = queries.trend(by_hand, State(), (A,), FIRST, LAST)
    assert frame["revenue"].tolist() == [10.0, 35.0]
    assert queries.trend(by_hand, State(), (), FIRST, LAST).empty


def test_conversions_are_counted_by_kind(tmp_path: Path):
    from dashboard_marts import Fact, World, publish

    facts = (
        Fact(LAST, A, conversion_kind="purchase", conversions=3, revenue=90, cost=30, clicks=40),
        Fact(LAST, A, conversion_kind="lead", conversions=5),
    )
    real = publish(tmp_path, World(facts, {A: "x"}, kind="shop"), "v1")
    goals = queries.goals(real, State(), LAST, LAST)
    assert dict(zip(goals["conversion_kind"], goals["conversions"], strict=True)) == {"lead": 5, "purchase": 3}
