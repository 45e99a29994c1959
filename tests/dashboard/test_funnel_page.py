"""This module owns the promises of the page Funnel: its sums are the mart's, its rates are of sessions, days mature."""

from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from dashboard_looks import look_at

from analytics.inference.proportions import wilson
from dashboard.figures.theme import DARK, LIGHT
from dashboard.pages.funnel import PAGE, steps, waiting
from dashboard.pages.funnel.panels import (
    NO_CURVE,
    NO_DAYS,
    NO_LAGS,
    NO_STEPS,
    fill_days,
    fill_lags,
    fill_steps,
    steps_sentence,
)
from dashboard.pages.funnel.step_figures import rates_figure
from dashboard.pages.funnel.waiting_figures import days_figure
from dashboard.panels.panel import Drawn, Rows
from dashboard.spans import Span


def mart(real: Path, sql: str, *values: object) -> list[tuple[object, ...]]:
    with duckdb.connect(str(real), read_only=True) as con:
        return con.execute(sql, list(values)).fetchall()


def test_the_steps_are_those_that_somebody_reports(real_arbitrage: Path, real_shop: Path):
    assert [step.name for step in steps.reported(look_at(real_arbitrage))] == [
        "click", "landing_view", "search_click", "results_view", "ad_click"]  # fmt: skip
    assert [step.name for step in steps.reported(look_at(real_shop))] == ["click", "landing_view", "conversion"]


@pytest.mark.parametrize("search", ["?period=all", "?period=7", "?period=14&network=facebook&campaign=7001"])
@pytest.mark.parametrize("kind", ["real_arbitrage", "real_shop"])
def test_sessions_and_events_are_those_of_the_published_funnel(kind: str, search: str, request: pytest.FixtureRequest):
    real = request.getfixturevalue(kind)
    look = look_at(real, search)
    table = steps.table(steps.daily(look, look.period), steps.reported(look))
    held = " and network = 'facebook' and campaign_id = '7001'" if "campaign" in search else ""
    published = mart(
        real,
        f"select step, sum(sessions)::bigint, sum(events)::bigint from funnel_daily where day between ? and ?{held}"
        " group by step, step_order order by step_order",
        look.period.first, look.period.last,
    )  # fmt: skip
    assert list(zip(table["step"], table["sessions"], table["events"], strict=True)) == published
    assert table["sessions"].is_monotonic_decreasing
    assert (table["sessions"].shift(1) - table["lost"]).dropna().tolist() == table["sessions"][1:].tolist()


def test_a_filter_that_only_the_facts_have_is_applied(real_arbitrage: Path):
    whole = steps.daily(look_at(real_arbitrage), look_at(real_arbitrage).period)["click"].sum()
    parts = [
        steps.daily(look := look_at(real_arbitrage, f"?period=all&device={device}"), look.period)["click"].sum()
        for (device,) in mart(real_arbitrage, "select distinct device from facts_daily where device is not null")
    ]
    assert 0 < sum(parts) <= whole
    assert all(0 < part < whole for part in parts if part)


def test_a_rate_has_wilsons_interval_and_the_rate_of_the_comparison_period(real_arbitrage: Path):
    look = look_at(real_arbitrage, "?period=7")
    assert look.before is not None
    earlier = steps.daily(look, look.before)
    row = (
        steps.table(steps.daily(look, look.period), steps.reported(look), earlier).set_index("step").loc["landing_view"]
    )
    days = steps.daily(look, look.period)
    expected = wilson([int(days["landing_view"].sum())], [int(days["click"].sum())])
    assert (row["rate"], row["low"], row["high"]) == (expected.value[0], expected.low[0], expected.high[0])
    assert row["was"] == earlier["landing_view"].sum() / earlier["click"].sum()
    assert row["rate_name"] == "LP rate"


def test_days_that_mature_are_hatched_in_every_row_of_the_rates(real_arbitrage: Path):
    look = look_at(real_arbitrage, "?period=14")
    days, (before, step, then) = steps.daily(look, look.period), steps.reported(look)[:3]
    rates = [("a", steps.per_day(days, before, step)), ("b", steps.per_day(days, step, then))]
    hatched = rates_figure(rates, look.period, look.period.last, LIGHT)
    plain = rates_figure(rates, look.period, date(2027, 1, 1), LIGHT)
    assert [trace.yaxis for trace in hatched.data if trace.fillpattern.shape] == ["y9", "y10"]
    assert not [trace for trace in plain.data if trace.fillpattern.shape]
    lines = [trace for trace in plain.data if trace.mode == "lines+markers"]
    assert [len(line.x) for line in lines] == [len(days)] * 2
    low, high = plain.data[0], plain.data[1]
    assert all(least <= value <= most for least, value, most in zip(low.y, lines[0].y, high.y, strict=True))


def test_lag_curves_end_at_everything_and_the_bases_are_never_added(real_shop: Path):
    look = look_at(real_shop)
    lags = waiting.lags(look)
    ends = lags.groupby(["conversion_kind", "touch_basis"]).agg(share=("share", "last"), goals=("conversions", "sum"))
    assert ends["share"].tolist() == pytest.approx([1.0] * len(ends))
    assert set(lags["touch_basis"]) == {"credited_touch", "first_touch"}
    for (kind, basis), goals in ends["goals"].items():
        sql = "select sum(conversions)::bigint from lags where conversion_kind = ? and touch_basis = ?"
        assert mart(real_shop, sql, kind, basis) == [(goals,)]
    answer = fill_lags(look)
    assert "from the click that earns it" in str(answer.caption)
    assert len(answer.figure.data) == len(ends)


@pytest.mark.parametrize(("hours", "words"), [(1.0, "1 h"), (12.0, "12 h"), (24.0, "1 d"), (336.0, "14 d"),
                                              (float("nan"), "later"), (None, "later")])  # fmt: skip
def test_a_lag_is_said_in_hours_and_days(hours: float | None, words: str):
    assert waiting.within(hours) == words


def test_what_is_projected_stands_apart_from_what_has_come(real_shop: Path):
    days = waiting.days(look_at(real_shop))
    figure = days_figure(days, "USD", DARK)
    bars, expected = figure.data[0], figure.data[1]
    maturing = days[~days["mature"].astype(bool)]
    assert 0 < len(maturing) < len(days)
    assert list(bars.y) == days["revenue"].tolist()
    assert [shape != "" for shape in bars.marker.pattern.shape] == (~days["mature"].astype(bool)).tolist()
    assert list(expected.x) == [pd.Timestamp(day).date().isoformat() for day in maturing["day"]]
    assert list(expected.y) == maturing["revenue_projected"].tolist()
    assert "17–22 Nov 2026 are still maturing (hatched)" in str(fill_days(look_at(real_shop)).caption)
    assert maturing["day"].min() == pd.Timestamp(2026, 11, 17), "one cut-off for the mart and for the words"


def test_the_sentence_names_the_step_where_most_are_lost():
    days = pd.DataFrame({"day": [date(2026, 11, 1)], "click": [100], "click_events": [100], "landing_view": [80],
                         "landing_view_events": [80], "search_click": [8], "search_click_events": [9]})  # fmt: skip
    order = tuple(steps.STEPS[name] for name in ("click", "landing_view", "search_click"))
    assert steps_sentence(steps.table(days, order)) == (
        "8.00% of clicks come to the last step, searches. The largest loss is before searches: 90.0%, 72 sessions."
    )
    assert steps_sentence(steps.table(days, order[:1])) == "100 clicks; nobody reports a step after the click."
    assert steps_sentence(steps.table(days.assign(click=0, landing_view=0, search_click=0), order)) == NO_STEPS


def test_without_anything_every_panel_teaches(real_empty: Path):
    look = look_at(real_empty)
    answers = {panel.name: panel.fill(look) for panel in PAGE.panels}
    said = {name: answer.caption if isinstance(answer, Drawn) else answer.empty for name, answer in answers.items()
            if isinstance(answer, Drawn | Rows)}  # fmt: skip
    assert said == {"funnel-steps": NO_STEPS, "funnel-rows": NO_STEPS, "funnel-rates": NO_STEPS, "funnel-lags": NO_LAGS,
                    "funnel-maturity": NO_CURVE, "funnel-days": NO_DAYS}  # fmt: skip
    drawn = fill_steps(look).figure.layout.annotations
    assert [note.text for note in drawn] == ["Nothing to draw"]


def test_a_day_without_clicks_has_no_rate(real_arbitrage: Path):
    look = look_at(real_arbitrage)
    days = steps.daily(look, Span(look.period.first, look.period.first, look.period.oldest)).copy()
    days["click"] = 0
    days["landing_view"] = 0
    found = steps.per_day(days, steps.STEPS["click"], steps.STEPS["landing_view"])
    assert found["value"].isna().all()
