"""The overview over time: the trend with its comparison, what changed since yesterday, what became of the verdicts."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from dash import html
from dashboard_planted import HOSTILE
from dashboard_said import every_word
from dashboard_worlds import Versions

from dashboard.config import Settings
from dashboard.figures.theme import LIGHT
from dashboard.look import Look, look_at
from dashboard.pages.overview import PAGE, changes, changes_panel, experiments, hourly, sums, track_record, trend
from dashboard.pages.overview.changes import Days
from dashboard.pages.overview.trend_figure import Line, lines_figure, lines_table
from dashboard.people import annotations
from dashboard.people.store import writing
from dashboard.people.visitor import LOCAL
from dashboard.spans import Span
from dashboard.state import short
from dashboard.words import MEASURES

YESTERDAY = date(2026, 11, 22)


@pytest.fixture
def look(real_arbitrage: Path, settings: Settings) -> Callable[[str], Look]:
    return lambda search="": look_at(real_arbitrage, settings, search)


@pytest.fixture
def shop(real_shop: Path, settings: Settings) -> Callable[[str], Look]:
    return lambda search="": look_at(real_shop, settings, search)


def words(answer: object) -> str:
    return every_word(html.Div(list(getattr(answer, "children", None) or answer.caption)))  # type: ignore[attr-defined]


def picked(at: Look, many: int) -> str:
    found = sums.per_creative(at, at.period)["creative_id"].head(many)
    return ",".join(short(str(ident)) for ident in found)


def test_the_total_has_its_comparison_dashed_day_by_day(look: Callable[[str], Look]) -> None:
    at = look("?period=7&metric=revenue")
    drawn = trend.fill(at)
    before, now = drawn.figure.data[:2]
    assert (before.name, before.line.dash, now.line.dash) == ("before", "dash", "solid")
    assert list(before.x) == list(now.x), "moved onto the days of the period"
    earlier = sums.daily(at, at.before)["revenue"]  # type: ignore[arg-type] # there is one
    assert list(before.y) == pytest.approx(earlier.tolist())
    assert before.customdata[0].startswith("$") and " on Tue 10 Nov" in before.customdata[0]
    assert drawn.table is not None and drawn.table["Compared with"].iloc[0] == pd.Timestamp(2026, 11, 10)
    assert "dashed: 10–16 Nov 2026. Today is not over: its point is open. 22–23 Nov 2026 are still" in words(drawn)


def test_a_comparison_that_is_shorter_or_longer_meets_day_by_day() -> None:
    line = Line("x", pd.Series([1.0, 2.0, 3.0], pd.date_range("2026-03-01", periods=3)))
    short_ = trend._beside(line, pd.Series([5.0, 6.0], pd.date_range("2026-02-01", periods=2)))
    assert short_.before is not None and short_.was is not None
    assert short_.before.tolist()[:2] == [5.0, 6.0] and pd.isna(short_.before.iloc[2])
    long = trend._beside(line, pd.Series([5.0] * 5, pd.date_range("2026-02-01", periods=5)))
    assert long.before is not None and long.was is not None
    assert len(long.before) == len(long.was) == 3


def test_two_picked_creatives_are_two_lines_known_by_shape_and_can_be_compared(look: Callable[[str], Look]) -> None:
    at = look(f"?period=14&pick={picked(look('?period=14'), 2)}")
    drawn = trend.fill(at)
    lines = [trace for trace in drawn.figure.data if trace.marker.symbol and "lines" in trace.mode]
    assert len(lines) == 2 and {trace.marker.symbol for trace in lines} == {"circle", "square"}
    link = drawn.caption[-1]
    assert (link.children, link.href) == ("Compare these 2", f"/compare?period=14&pick={','.join(at.state.pick)}")
    assert "Tick one more" in words(trend.fill(look(f"?period=14&pick={picked(look('?period=14'), 1)}")))
    assert "Tick creatives below" in words(trend.fill(look("?period=14&pick=rac1_00000000"))), "unknown ones are nobody"


def test_a_creative_has_no_line_before_its_first_day() -> None:
    days = pd.DataFrame({"day": pd.to_datetime(["2026-11-12", "2026-11-14"]), "creative_id": "a", "clicks": [10, 0],
                         "cost": [1.0, 0.5], "revenue": [3.0, 0.0], "profit": [2.0, -0.5]})  # fmt: skip
    span = Span(date(2026, 11, 10), date(2026, 11, 15), date(2026, 11, 1))
    profit = trend.by_day(days, "a", MEASURES["profit"], span)
    assert [None if pd.isna(value) else value for value in profit] == [None, None, 2.0, 0.0, -0.5, 0.0]
    assert trend.by_day(days, "a", MEASURES["epc"], span).notna().sum() == 1, "no clicks, no rate"
    assert trend.by_day(days, "b", MEASURES["epc"], span).isna().all()


def test_only_maturing_days_are_hatched_and_annotations_are_marked_and_listed(look: Callable[[str], Look]) -> None:
    at = look("?period=14")
    with writing(at.settings.data_dir) as connection:
        note = annotations.Note(date(2026, 11, 20), date(2026, 11, 20), f"New offer {HOSTILE}")
        annotations.add(connection, LOCAL, note, 1_760_000_000)
    drawn = trend.fill(at)
    assert [trace.fillpattern.shape for trace in drawn.figure.data if trace.fillpattern.shape] == ["/"]
    assert not any("<a" in (each.hovertext or "") for each in drawn.figure.layout.annotations)
    assert HOSTILE in words(drawn), "as text, in the list"
    over = trend.fill(look("?period=2026-11-01..2026-11-10"))
    assert not [trace for trace in over.figure.data if trace.fillpattern.shape]
    assert "maturing" not in words(over) and "New offer" not in words(over)


@pytest.mark.parametrize("by", ["day", "hour"])
def test_the_day_and_the_hour_that_run_are_open_points_that_no_solid_line_reaches(
    look: Callable[[str], Look], by: str
) -> None:
    drawn = trend.fill(look(f"?period=7&metric=revenue&by={by}"))
    past, (line, way, point) = drawn.figure.data[:-4], drawn.figure.data[-4:-1]
    now = {"day": "2026-11-23", "hour": "2026-11-23 12:00"}[by]
    place = list(line.x).index(now)
    assert line.y[place] is None and line.y[place - 1] is not None
    assert (point.x, point.marker.symbol, point.mode) == ((now,), "circle-open", "markers")
    assert (way.x[-1], way.line.dash, way.hoverinfo) == (now, "dot", "skip")
    assert [each.y[place] is not None for each in past] == ([True] if by == "day" else []), "the day before it is over"
    over = trend.fill(look(f"?period=2026-11-18..2026-11-22&metric=revenue&by={by}"))
    assert "not over" not in words(over) and not [one for one in over.figure.data if one.mode == "markers"]


def test_nothing_known_is_an_empty_figure_and_no_error() -> None:
    nothing = Line("x", pd.Series([float("nan")] * 3, pd.date_range("2026-11-01", periods=3)))
    assert not lines_figure([nothing], MEASURES["roas"], LIGHT, "EUR", hourly=False).data
    assert len(lines_table([nothing], MEASURES["roas"], hourly=False)) == 3


def test_the_trend_offers_the_kinds_measures_and_falls_back_to_profit(look: Callable[[str], Look]) -> None:
    assert dict(trend.choices(look(""))).keys() == {"profit", "revenue", "spend", "epc", "clicks"}
    assert trend.measure_of(look("?metric=roas")).key == "profit"


def hours(*rows: tuple[int, float, float], costed: bool) -> hourly.Hours:
    span = Span(date(2026, 11, 23), date(2026, 11, 23), date(2026, 11, 1))
    moments = [pd.Timestamp(2026, 11, 23, hour) for hour, _, _ in rows]
    frame = pd.DataFrame({"moment": moments, "clicks": 1, "cost": [row[1] for row in rows],
                          "revenue": [row[2] for row in rows]})  # fmt: skip
    return hourly.Hours(span, frame.assign(profit=frame["revenue"] - frame["cost"]), costed)


def test_hours_to_come_are_unknown_and_hours_without_anything_are_zero(look: Callable[[str], Look]) -> None:
    values = hourly.by_hour(hours((3, 0.5, 2.0), costed=True), MEASURES["profit"], look(""))
    assert (len(values), values.iloc[3], values.iloc[4]) == (24, 1.5, 0.0)
    assert values.iloc[12] == 0.0 and values.iloc[13:].isna().all(), "it is half past twelve in Los Angeles"


def test_hours_add_up_to_their_days(look: Callable[[str], Look]) -> None:
    at = look("?period=7&by=hour&metric=clicks")
    found, days = hourly.hours_of(at, at.period), sums.daily(at, at.period)
    per_hour = hourly.by_hour(found, MEASURES["clicks"], at)
    by_day = per_hour.groupby(per_hour.index.normalize()).sum()
    assert by_day.tolist() == pytest.approx(days["clicks"].tolist())
    assert not found.costed, "reports name a day"
    drawn = trend.fill(look("?period=28&by=hour"))
    assert "Revenue per hour, 16–23 Nov 2026" in words(drawn) and "last 8 days" in words(drawn)
    hatched = next(trace for trace in drawn.figure.data if trace.fillpattern.shape)
    assert hatched.x[0] == "2026-11-22 00:00", "whole days"


def test_spend_without_an_hour_makes_profit_by_the_hour_unknown() -> None:
    assert hourly.measure_of(MEASURES["profit"], hours((3, 0.0, 2.0), costed=False)).key == "revenue"
    assert hourly.measure_of(MEASURES["epc"], hours((3, 0.0, 2.0), costed=False)).key == "epc"
    assert hourly.measure_of(MEASURES["profit"], hours((3, 1.0, 2.0), costed=True)).key == "profit"


def test_hours_of_days_that_are_not_kept_are_told_and_drawn_by_day(look: Callable[[str], Look]) -> None:
    drawn = trend.fill(look("?period=2026-11-01..2026-11-10&by=hour"))
    assert "per day" in words(drawn) and "hours" in words(drawn).lower()


def test_verdicts_that_changed_are_those_that_were_another_word_the_day_before(look: Callable[[str], Look]) -> None:
    at = look("")
    days = changes.days_of(at, 7)
    assert days == Days(YESTERDAY, date(2026, 11, 21))
    found = changes.turned(at, 7, days)
    with duckdb.connect(str(at.real), read_only=True) as con:
        expected = con.execute(
            "select count(*) from verdicts v join verdict_history h on h.creative_id = v.creative_id and h.day = ?"
            " and h.window_days = v.window_days and h.campaign_id is not distinct from v.campaign_id"
            " and h.network is not distinct from v.network and h.country is not distinct from v.country"
            " where v.window_days = 7 and v.verdict <> h.verdict",
            [days.before],
        ).fetchall()
    assert [(len(found),)] == expected and found
    assert f"{len(found)} verdicts changed since yesterday" in words(changes_panel.fill(at))
    assert changes_panel.first_words(0, "yesterday") == "No verdict changed since yesterday"
    assert changes_panel.first_words(1, "20 Nov") == "1 verdict changed since 20 Nov"


def test_first_verdicts_are_no_change(versions: Mapping[str, Versions], settings: Settings) -> None:
    at = look_at(versions["arbitrage"].before, settings, "")
    days = changes.days_of(at, 7)
    assert days is not None and days.before is None
    assert "The first verdicts are of 21 Nov" in words(changes_panel.fill(at))


def test_a_filter_inside_a_scope_leaves_the_movers(look: Callable[[str], Look]) -> None:
    told = words(changes_panel.fill(look("?ad=91001")))
    assert "Filtered: no verdict" in told and "Biggest movers in profit on 22 Nov" in told


def test_movers_are_the_largest_moves_and_few_conversions_say_too_little(shop: Callable[[str], Look]) -> None:
    at = shop("")
    found = changes.movers(at, YESTERDAY)
    days = sums.daily_per_creative(at, Span(date(2026, 11, 21), YESTERDAY, at.period.oldest))
    by_day = days.assign(sign=days["day"].dt.date.eq(YESTERDAY).map({True: 1, False: -1}))
    moved = (by_day["profit"] * by_day["sign"]).groupby(by_day["creative_id"]).sum()
    assert max(one.by for one in found) == pytest.approx(moved.max())
    assert min(one.by for one in found) == pytest.approx(moved.min())
    assert len(found) <= 2 * changes.MOVERS_MAX
    assert found[0].is_chance is None, "one order of many hundreds"


def test_a_mover_is_more_than_chance_only_where_it_is_for_all_that_were_looked_at() -> None:
    steady, fallen = changes.Range(100.0, 90.0, 110.0), changes.Range(50.0, 40.0, 60.0)
    assert changes._is_chance((200.0, fallen), (200.0, steady)) is False
    assert changes._is_chance((4.0, fallen), (5.0, steady)) is None
    assert changes._is_chance((200.0, replace(fallen, high=105.0)), (200.0, steady)) is True


def test_the_record_is_one_quiet_sentence_until_it_has_something_to_say(look, real_empty: Path, settings: Settings):
    told = words(track_record.fill(look("")))
    assert "The first can be judged on 1 Dec 2026" in told and "%" not in told.split("What each word claims")[0]
    assert "false winners and false cuts together are at most 5%" in told, "by the thresholds in force"
    assert "None has been said" in words(track_record.fill(look_at(real_empty, settings, "")))


def test_what_held_stands_beside_what_was_promised() -> None:
    row = {"held_share": 0.8, "held_share_low": 0.6, "held_share_high": 0.9, "expected_share": 0.95,
           "calibration": "too_sure", "sentence": "Of 20 winners, 16 still beat the rest."}  # fmt: skip
    told = every_word(track_record._item(row))
    assert "80.0%  held [60.0%–90.0%], 95.0% promised: promised too much" in told
    assert "16 still beat the rest" in told


def test_experiments_show_their_decision_and_without_any_there_is_nothing(look: Callable[[str], Look]) -> None:
    assert experiments.fill(look("")).children == []
    arm = {"experiment": "button", "arm": HOSTILE, "is_control": True, "status": "running", "decision": "keep running",
           "reason": "Too little to tell yet.", "metric": "cvr", "value": 0.05, "lift": None, "lift_low": None,
           "lift_high": None, "share_intended": 0.5, "share_actual": 0.49, "winner": False}  # fmt: skip
    other = {**arm, "arm": "B", "is_control": False, "lift": 0.01, "lift_low": -0.01, "lift_high": 0.03, "winner": True}
    told = every_word(html.Div(experiments.told("button", [arm, other], "USD")))
    assert HOSTILE in told and "1.00% [−1.00% to 3.00%]" in told and "▲ winner" in told


def test_every_panel_fills_on_an_empty_install_and_on_both_kinds(look, shop, real_empty: Path, settings: Settings):
    for at in (look("?vs=year"), shop("?vs=weekdays&period=month"), look_at(real_empty, settings, "")):
        for panel in PAGE.panels:
            assert panel.fill(at) is not None
        assert PAGE.head is not None and PAGE.head(at) is not None
