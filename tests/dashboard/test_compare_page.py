"""This module owns the promises of the page Compare: parts sum to gaps of the marts, like is held against like."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from dash.development.base_component import Component
from dashboard_looks import look_at
from dashboard_planted import HOSTILE, LONG, creatives

from dashboard import numbers
from dashboard.figures.theme import DARK, LIGHT
from dashboard.look import Look
from dashboard.maturity import mature_words
from dashboard.pages.compare import PANELS
from dashboard.pages.compare.best import NOT_BESIDE, best, scopes
from dashboard.pages.compare.choosing import choices, head
from dashboard.pages.compare.figures import dots_figure, growing_figure, waterfall_figure
from dashboard.pages.compare.gap import Gap, full_days, gap, of_two, of_two_periods
from dashboard.pages.compare.growing import over_time
from dashboard.pages.compare.overlap import overlap
from dashboard.pages.compare.picks import against, picked, with_pick, without_pick
from dashboard.pages.compare.sides import sides, sums_of
from dashboard.pages.compare.strata import age_of, ground, strata
from dashboard.pages.compare.wording import differences, lifts, wording
from dashboard.panels.panel import Drawn, Rows, Words
from dashboard.state import short
from ingest.creative import identify

WINNER, LOSER, _WORN, MIDDLE = (str(identify(each.text).creative_id) for each in creatives("shop")[:4])
both = pytest.mark.parametrize("kind", ["real_arbitrage", "real_shop"])
MONEY = "sum(revenue_settled + revenue_provisional - refunds) - sum(cost_direct + cost_allocated)"


def mart(real: Path, sql: str, *values: object) -> list[tuple[object, ...]]:
    with duckdb.connect(str(real), read_only=True) as con:
        return con.execute(sql, list(values)).fetchall()


def pick(*ids: str) -> str:
    return "&pick=" + ",".join(short(each) for each in ids)


@pytest.fixture
def real(kind: str, request: pytest.FixtureRequest) -> Path:
    return Path(request.getfixturevalue(kind))


def told(found: Gap | str) -> Gap:
    assert isinstance(found, Gap), found
    return found


@both
@pytest.mark.parametrize("filters", ["", "&network=facebook", "&q=nothing+like+this&verdict=cut"])
def test_the_parts_of_two_creatives_sum_to_their_gap_to_the_last_millionth(real: Path, filters: str):
    look = look_at(real, f"?period=all{filters}{pick(WINNER, LOSER)}")
    *parts, total = told(of_two(look, picked(look))).parts
    per_click = []
    for creative in (WINNER, LOSER):
        held = "and network = 'facebook'" if "network" in filters else ""
        ((money, clicks),) = mart(
            real, f"select {MONEY}, sum(clicks) from facts_daily where creative_id = ? {held}"
            " and day <= (select cast(timezone(timezone, timezone('UTC', as_of)) as date) - maturity_days"
            " from freshness)",
            creative,
        )  # fmt: skip
        per_click.append(Fraction(str(money)) / int(str(clicks)))
    assert sum((part.gap for part in parts), Decimal(0)) == total.gap
    assert total.gap == Decimal(round((per_click[1] - per_click[0]) * 10**6)).scaleb(-6) < 0
    assert total.low is not None and total.low < float(total.gap) < total.high
    assert len(parts) > 3 and any(part.is_sure for part in parts)


@both
def test_of_several_the_gap_is_that_of_the_chosen_one(real: Path):
    search = f"?period=all{pick(WINNER, LOSER, MIDDLE)}"
    second, chosen = (look_at(real, search + more) for more in ("", f"&of={short(MIDDLE)}"))
    assert told(of_two(second, picked(second))).sentence.startswith("B earns")
    assert told(of_two(chosen, picked(chosen))).sentence.startswith("C earns")


@both
@pytest.mark.parametrize("one", ["", pick(MIDDLE)])
def test_the_parts_of_two_periods_sum_to_the_change_of_profit(real: Path, one: str):
    look = look_at(real, f"?period=7{one}")
    *parts, total = told(of_two_periods(look, picked(look))).parts
    spans = full_days(look)
    assert spans[0].last < look.fresh.today and spans[0].days == spans[1].days == 6
    held = f"and creative_id = '{MIDDLE}'" if one else ""
    profits = [
        Decimal(str(mart(real, f"select {MONEY} from facts_daily where day between ? and ? {held}", each.first,
                         each.last)[0][0]))
        for each in spans
    ]  # fmt: skip
    assert sum((part.gap for part in parts), Decimal(0)) == total.gap == profits[0] - profits[1]
    assert {"volume"} <= {part.part for part in parts}
    assert bool({"mix"} & {part.part for part in parts}) is not bool(one)


def test_what_cannot_be_compared_is_said_in_words(real_arbitrage: Path):
    for search, words in (
        ("?vs=none", "no comparison is chosen"), ("?period=28", "does not reach back"),
        ("?period=today", "Today is not over"), ("?period=7&q=no+such+text+anywhere", "nothing in either period"),
        (f"?period=2020-01-01..2020-01-02{pick(WINNER, LOSER)}", "A has no clicks"),
    ):  # fmt: skip
        answer = gap(look_at(real_arbitrage, search))
        assert words in str(answer.caption) and answer.table is None


def test_cost_that_names_no_device_is_not_called_profit(real_shop: Path):
    look = look_at(real_shop, f"?period=all&device=mobile{pick(WINNER, LOSER)}")
    found = told(of_two(look, picked(look)))
    assert found.parts[-1].formula == "revenue / clicks" and "Spend does not name what is filtered by" in found.about


@both
def test_numbers_side_by_side_are_those_of_the_scorecard(real: Path):
    look = look_at(real, f"?period=28{pick(WINNER, LOSER)}")
    sums = sums_of(look, picked(look))
    for creative in (WINNER, LOSER):
        ((cost, revenue, clicks, low, high),) = mart(
            real, "select cost, revenue, clicks, lp_rate_low, lp_rate_high from creative_scorecard"
            " where window_days = 28 and scope = 'all' and creative_id = ?", creative,
        )  # fmt: skip
        own = sums.loc[creative]
        assert (own["cost"], own["revenue"], own["clicks"]) == pytest.approx(
            (float(str(cost)), float(str(revenue)), clicks)
        )
    rows = {row["id"]: row for row in sides(look).rows}
    assert rows["lp_rate"]["c1"].endswith(f"({float(str(low)):.1%}–{float(str(high)):.1%})")
    assert rows["profit_per_click"]["c0"].count("$") == 3 and "(" not in rows["cost"]["c0"]
    steps = {"search_click", "results_view"} & {str(step) for (step,) in mart(real, "select step from funnel_daily")}
    assert bool({"ctr1", "ctr2"} & set(rows)) is bool(steps)


@both
def test_the_planted_winner_is_the_best_of_what_ran_beside_it(real: Path):
    rival = LOSER if "arbitrage" in str(real) else MIDDLE  # the shop's loser has too few orders to be compared
    answer = best(look_at(real, f"?period=all{pick(rival, WINNER)}"))
    assert isinstance(answer.table, pd.DataFrame)
    chances = answer.table["P(best of these)"]
    assert chances[1] > 0.95 and chances.sum() == pytest.approx(1)
    assert (answer.table["Share of its clicks that is compared"] > 0.5).all()
    assert "B is the best of these" in str(answer.caption) and "Observational" in str(answer.caption)


@both
def test_every_panel_tells_one_cut_off_of_maturity_in_one_wording(real: Path):
    look = look_at(real, f"?period=28{pick(WINNER, LOSER)}")
    told = mature_words(look, look.period)
    last = look.fresh.today - timedelta(days=look.fresh.maturity_days)
    assert told == f"Of mature days only: {numbers.days_between(look.period.first, last)}."
    assert ground(look, picked(look)).last == last
    for words in (gap(look).caption, best(look).caption, over_time(look).caption, sides(look).note, scopes(look).note):
        assert told.removeprefix("O") in str(words) and str(words).count("mature") == 1


@both
def test_a_narrower_period_leaves_the_difference_over_time_as_it_is_and_says_so(real: Path):
    whole, day = (over_time(look_at(real, f"?period={days}{pick(WINNER, LOSER)}")) for days in (28, 1))
    assert isinstance(whole.table, pd.DataFrame) and isinstance(day.table, pd.DataFrame) and len(day.table) > 7
    pd.testing.assert_frame_equal(day.table, whole.table)
    assert day.caption == whole.caption and "A shorter period than 28 days is drawn as 28." in str(day.caption)
    assert best(look_at(real, f"?period=1{pick(WINNER, LOSER)}")).table is None  # the others have the period's days


@both
def test_common_ground_holds_every_mature_click_of_the_cohorts_once(real: Path):
    look = look_at(real, f"?period=all{pick(WINNER, LOSER, MIDDLE)}")
    picks = picked(look)
    base = ground(look, picks)
    found = strata(base, picks)
    for at, creative in enumerate((WINNER, LOSER, MIDDLE)):
        published = mart(
            real, "select sum(clicks), sum(revenue) from click_cohorts where creative_id = ? and age_bucket = ?"
            " and click_day <= ?", creative, age_of(look), base.last,
        )  # fmt: skip
        assert found.clicks[:, at].sum() == published[0][0] > 0
        assert base.cells[base.cells["creative_id"] == creative]["revenue"].sum() == pytest.approx(
            float(str(published[0][1]))
        )
    assert base.costed and (found.cost_per_click[found.clicks > 0] > 0).mean() > 0.9


def test_creatives_that_never_ran_side_by_side_are_not_compared(real_arbitrage: Path):
    rows = mart(
        real_arbitrage, "select creative_id, list(distinct network) from click_cohorts where creative_id is not null"
        " group by 1 having len(list(distinct network)) = 1 order by sum(clicks) desc",
    )  # fmt: skip
    first = str(rows[0][0])
    other = next(str(creative) for creative, networks in rows if networks != rows[0][1])
    answer = best(look_at(real_arbitrage, f"?period=all{pick(first, other)}"))
    assert answer.caption == NOT_BESIDE and answer.table is None


@both
def test_scopes_they_share_are_told_with_chances_among_exactly_these(real: Path):
    rows = scopes(look_at(real, f"?period=all{pick(WINNER, LOSER, MIDDLE)}")).rows
    one = [row for row in rows if "7001" in str(row["scope"])]
    assert sorted(str(row["letter"]) for row in one) == ["A", "B", "C"]
    known = [row["p_best"] for row in one if row["p_best"] is not None]
    assert len(known) >= 2 and sum(known) == pytest.approx(1)
    assert max(one, key=lambda row: row["p_best"] or 0)["letter"] == "A"
    assert all(row["why"] for row in one if row["p_best"] is None)


@both
def test_the_difference_over_time_ends_at_the_whole_and_its_band_is_valid_at_every_look(real: Path):
    rival = LOSER if "arbitrage" in str(real) else MIDDLE
    answer = over_time(look_at(real, f"?period=all{pick(WINNER, rival)}"))
    assert isinstance(answer.table, pd.DataFrame)
    last = answer.table.iloc[-1]
    assert last["Band from"] < last["Difference to A per click"] < min(last["Band to"], 0)
    assert ("B is clearly worse" in str(answer.caption)) is bool(last["Band to"] < 0)
    assert "arbitrage" not in str(real) or last["Band to"] < 0
    assert answer.table["Day"].is_monotonic_increasing


@both
def test_journeys_that_touched_both_are_counted_from_the_paths(real: Path):
    look = look_at(real, f"?period=all{pick(WINNER, LOSER)}")
    kind = "ad_click" if look.fresh.kind == "arbitrage" else "purchase"
    paths = mart(real, "select path, journeys from paths where conversion_kind = ?", kind)
    touched = [(set(path), int(str(many))) for path, many in paths]  # type: ignore[call-overload]
    shared = sum(many for path, many in touched if {WINNER, LOSER} <= path)
    (row,) = overlap(look).rows
    assert row["journeys"] == shared and row["of_first"] == pytest.approx(
        shared / sum(many for path, many in touched if WINNER in path)
    )
    assert "7001" in str(row["scopes"]) and row["ads"] == "none" and 0.5 < float(str(row["clicks_first"])) <= 1


def test_the_words_of_two_texts_are_told_apart_and_can_be_put_together_again():
    first, second = "Quiet SUVs of 2026: see prices", "Cheap SUVs of 2026, see all prices now"
    parts = differences(first, second)
    assert parts == [("gone", "Quiet "), ("came", "Cheap "), ("both", "SUVs of 2026, see "), ("came", "all "),
                     ("both", "prices "), ("came", "now")]  # fmt: skip
    assert "".join(text for what, text in parts if what != "gone") == second
    assert differences("same text", "same text") == [("both", "same text")]


def texts_of(component: object) -> list[str]:
    if isinstance(component, str):
        return [component]
    if isinstance(component, (list, tuple)):
        return [text for each in component for text in texts_of(each)]
    return texts_of(component.children) if isinstance(component, Component) and hasattr(component, "children") else []


def test_hostile_and_long_texts_are_only_ever_text(real_arbitrage: Path):
    hostile, long = (str(identify(text).creative_id) for text in (HOSTILE, LONG))
    look = look_at(real_arbitrage, f"?period=all{pick(hostile, long, WINNER)}")
    words = wording(look)
    assert isinstance(words, Words) and "onerror=alert(1)>" in "".join(texts_of(list(words.children)))
    assert HOSTILE in texts_of(head(look))
    for panel in PANELS:
        answer = panel.fill(look)
        if isinstance(answer, Drawn):
            drawn = answer.figure.to_json()
            assert "<a href" not in drawn and "<img" not in drawn and len(answer.caption) < 1200


@both
def test_the_lift_of_words_is_that_of_the_mart_and_says_what_could_be_chance(real: Path):
    look = look_at(real, f"?period=all{pick(WINNER, LOSER, MIDDLE)}")
    known = {(row[0].upper(), row[1]): row[2:] for row in mart(
        real, "select metric, feature, lift, holds from text_lift")}  # type: ignore[union-attr, attr-defined]  # fmt: skip
    rows = lifts(look).rows
    for row in rows:
        lift, holds = known[(row["metric"], row["feature"])]
        assert row["lift"] == lift and (row["holds"] == "holds") is holds
        assert row["who"] not in ("", "A, B, C")
    assert known == {} or rows or "could be tested" in str(lifts(look).note)


def test_choosing_leads_to_the_comparison_and_back(real_arbitrage: Path):
    look = look_at(real_arbitrage, f"?period=all{pick(WINNER)}&network=facebook")
    rows = {row["id"]: row for row in choices(look).rows}
    assert rows[WINNER]["letter"] == "A" and rows[LOSER]["letter"] == ""
    assert rows[LOSER]["href"] == f"/compare?period=all&network=facebook{pick(WINNER, LOSER)}"
    assert short(WINNER) not in str(rows[WINNER]["href"])
    assert [row["cost"] for row in rows.values()] == sorted((row["cost"] for row in rows.values()), reverse=True)


def test_the_seventh_pick_takes_the_place_of_the_sixth(real_arbitrage: Path):
    ids = [str(row[0]) for row in mart(real_arbitrage, "select creative_id from creatives order by 1 limit 7")]
    look = look_at(real_arbitrage, f"?period=all{pick(*ids[:6])}")
    assert with_pick(look.state, ids[6]).endswith(pick(*ids[:5], ids[6])[1:])
    assert without_pick(look.state, ids[0]).endswith(pick(*ids[1:6])[1:])
    assert against(look.state, ids[2]).endswith(pick(ids[2], ids[0], ids[1], *ids[3:6])[1:])
    assert [each.letter for each in picked(look)] == list("ABCDEF")


def test_picks_that_do_not_exist_are_left_out(real_arbitrage: Path):
    look = look_at(real_arbitrage, f"?period=all&pick=rac1_00000000,{short(WINNER)}")
    assert [each.creative_id for each in picked(look)] == [WINNER]


@both
def test_every_panel_answers_for_none_one_two_and_six_and_on_a_day_without_a_mature_click(real: Path):
    ids = [str(row[0]) for row in mart(real, "select creative_id from creatives order by ads desc, 1 limit 6")]
    for search in ("?", f"?{pick(WINNER)}", f"?period=yesterday{pick(WINNER, LOSER)}", f"?period=28{pick(*ids)}",
                   f"?period=2020-01-01..2020-01-03{pick(WINNER, LOSER)}"):  # fmt: skip
        look: Look = look_at(real, search)
        for panel in PANELS:
            answer = panel.fill(look)
            shape = {"figure": Drawn, "grid": Rows, "words": Words}[panel.shape]
            assert isinstance(answer, shape), (panel.name, search)


def test_an_empty_install_is_asked_without_trouble(real_empty: Path):
    for panel in PANELS:
        panel.fill(look_at(real_empty, f"?period=all{pick(WINNER, LOSER)}"))


def test_each_bar_of_the_waterfall_begins_where_the_one_before_ended():
    rows = [{"words": "<b>x</b>", "gap": Decimal("0.5"), "low": 0.1, "high": 0.9, "total": False},
            {"words": "y", "gap": Decimal("-0.2"), "low": None, "high": None, "total": False},
            {"words": "The gap", "gap": Decimal("0.3"), "low": -0.1, "high": 0.7, "total": True}]  # fmt: skip
    for scheme in (LIGHT, DARK):
        bar = waterfall_figure(rows, scheme, "USD").data[0]
        assert list(bar.base) == [0.0, 0.5, 0.0] and list(bar.x) == [0.5, -0.2, 0.3]
        assert list(bar.error_x.array) == pytest.approx([0.4, 0.0, 0.4])
        assert bar.marker.color == (scheme.good, scheme.bad, scheme.text)
        assert bar.marker.pattern.shape == ("", "/", "")
    figure = waterfall_figure(rows, LIGHT, "USD")
    assert [note.text for note in figure.layout.annotations] == ["+$0.500", "−$0.200", "+$0.300"]
    assert "&lt;b&gt;" in figure.layout.yaxis.ticktext[0]


def test_dots_are_open_where_it_is_too_early_and_lines_have_a_band_where_it_is_known():
    dot = {"letter": "A", "place": 0, "text": "x", "mid": 1.0, "low": 0.5, "high": 1.5, "said": "", "limits": ""}
    figure = dots_figure([{**dot, "sure": True}, {**dot, "place": 1, "sure": False}], LIGHT, "USD")
    assert [trace.marker.symbol for trace in figure.data] == ["circle", "square-open"]
    nan = np.nan
    line = {"place": 1, "letter": "B", "text": "y", "value": np.array([nan, 0.2, 0.3]),
            "low": np.array([nan, nan, 0.1]), "high": np.array([nan, nan, 0.5])}  # fmt: skip
    drawn = growing_figure([line], list(pd.date_range("2026-11-01", periods=3).date), DARK, "USD").data
    assert [len(trace.x) for trace in drawn] == [2, 3] and drawn[1].y[0] is None
    assert not growing_figure([{**line, "value": np.full(3, nan)}], [], LIGHT, "USD").data
