"""The cards: a period beside the one before, n/a where there is nothing to divide by."""

from datetime import date
from pathlib import Path

from dashboard import kpis, queries
from dashboard.state import State

FIRST, LAST = date(2026, 11, 17), date(2026, 11, 23)


def cards(
    real: Path, state: State, days: int = 7, kind: str = "arbitrage", today: date = date(2026, 11, 24)
) -> dict[str, kpis.Kpi]:
    span = queries.span(real, days)
    assert span is not None
    first = span.before.first if span.before else span.first
    frame = kpis.complete(
        queries.daily(real, state, first, span.last), queries.goals(real, state, first, span.last), first, span.last
    )
    return {kpi.measure.key: kpi for kpi in kpis.cards(frame, span, kind, "USD", today)}


def test_the_week_is_compared_with_the_week_before(by_hand: Path):
    found = cards(by_hand, State())
    profit = found["profit"]
    assert (profit.value, profit.change, profit.tone, profit.compared) == ("$9.00", "+12.5%", "good", "was $8.00")
    assert (found["spend"].value, found["spend"].tone) == ("$37.00", "flat")
    assert found["revenue"].value == "$46.00"


def test_a_day_that_is_not_over_is_in_the_value_and_not_in_the_change(by_hand: Path):
    over, running = cards(by_hand, State())["profit"], cards(by_hand, State(), today=LAST)["profit"]
    assert running.value == over.value
    assert running.change != over.change
    assert running.compared in ("on full days", "")
    only_today = cards(by_hand, State(), days=1, today=LAST)["profit"]
    assert (only_today.change, only_today.tone) == ("", "flat")


def test_the_kind_decides_the_cards(by_hand: Path):
    assert list(cards(by_hand, State()))[3:] == ["profit_per_click", "epc", "cpc", "ctr1", "ctr2", "rpc"]
    assert list(cards(by_hand, State(), kind="shop"))[3:] == ["roas", "cpa", "orders", "leads", "cvr", "clicks"]


def test_rates_are_sums_over_sums(by_hand: Path):
    found = cards(by_hand, State())
    assert found["epc"].value == "$0.170"  # 46 / 270
    assert found["ctr1"].value == "41.2%"  # 70 / 170
    assert found["cpc"].value == "$0.137"  # 37 / 270 reported clicks


def test_a_zero_denominator_is_not_a_number(by_hand: Path):
    found = cards(by_hand, State(), kind="shop")
    assert (found["cpa"].value, found["cpa"].change) == ("n/a", "")
    assert found["orders"].value == "0"


def test_a_period_that_the_data_does_not_reach_is_not_compared(by_hand: Path):
    profit = cards(by_hand, State(), days=14)["profit"]
    assert (profit.change, profit.compared, profit.tone) == ("", "", "flat")


def test_a_sparkline_has_every_day_of_the_window(by_hand: Path):
    found = cards(by_hand, State())
    assert found["revenue"].series == (0, 0, 0, 0, 0, 10, 36)
    assert found["epc"].series[:5] == (None,) * 5


def test_a_country_takes_its_sums_from_the_scorecard(by_hand: Path):
    state = State(country="CA")
    sums = queries.ranking(by_hand, state)
    goals = queries.goals(by_hand, state, FIRST, LAST)
    found = {kpi.measure.key: kpi for kpi in kpis.cards_without_days(sums, goals, "arbitrage", "USD")}
    assert (found["spend"].value, found["profit"].value, found["profit"].change) == ("$4.00", "−$4.00", "")
