"""The leaderboard, its thumbs and its plot: what the verdict believes, and nothing that contradicts it."""

from collections.abc import Callable
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from dash import html
from dashboard_planted import HOSTILE, LONG
from dashboard_said import every_word

from dashboard.config import Settings
from dashboard.exporting import exported
from dashboard.figures.theme import LIGHT
from dashboard.look import Look, look_at
from dashboard.pages.overview import certainty, leaderboard, todo
from dashboard.pages.overview.believed import of_verdicts
from dashboard.pages.overview.leaderboard_rows import bar, said
from dashboard.pages.overview.scale import Scale, scale_of
from dashboard.pages.overview.verdicts import THUMBS, counted, do, judged_in, thumb_of
from dashboard.pages.overview.window import judged, window_of
from dashboard.words import MEASURES, VERDICTS

VERDICT = {
    "creative_id": "rac1_a", "network": "facebook", "campaign_id": "1", "country": "US", "why": "proven",
    "objective": "profit_per_click", "target": 0.0, "net_per_click": 0.02, "net_per_click_low": 0.01,
    "net_per_click_high": 0.03, "p_meets_target": 0.98, "mature_clicks": 100, "mature_cost": 10.0,
    "verdict": "winner", "action": "scale", "reason": "earns 0.12", "thumb": "scale", "do": "Scale", "at_odds": "",
}  # fmt: skip


@pytest.fixture
def look(real_arbitrage: Path, settings: Settings) -> Callable[[str], Look]:
    return lambda search="": look_at(real_arbitrage, settings, search)


@pytest.fixture
def shop(real_shop: Path, settings: Settings) -> Callable[[str], Look]:
    return lambda search="": look_at(real_shop, settings, search)


def verdict(**other: object) -> dict[str, Any]:
    return {**VERDICT, **other}


def believed(**other: object) -> dict[Any, Any]:
    return of_verdicts(pd.DataFrame([verdict(**other)])).to_dict("records")[0]


@pytest.mark.parametrize(
    ("search", "window"),
    [("", 7), ("?period=all", 0), ("?period=28&network=facebook", 28), ("?period=2026-11-10..2026-11-23", 14),
     ("?period=yesterday", None), ("?period=2026-11-01..2026-11-07", None), ("?period=today", 1)],
)  # fmt: skip
def test_days_have_a_verdict_where_they_are_one_of_its_windows_up_to_today(look, search: str, window: int | None):
    assert window_of(look(search)) == window
    assert judged(look(search)) is (window is not None)


@pytest.mark.parametrize("filtered", ["account=act_planted", "ad=91001", "sender=tonic", "device=mobile"])
def test_what_looks_inside_a_scope_has_no_verdict_and_says_so(look, filtered: str):
    answer = leaderboard.fill(look(f"?period=28&{filtered}"))
    assert {row["verdict"] for row in answer.rows} <= {"Filtered: no verdict"}
    assert "Filtered: no verdict" in answer.note
    assert "Filtered: no verdict" in every_word(html.Div(todo.fill(look(f"?period=28&{filtered}")).children))


def test_each_row_tells_its_verdict_action_and_reason_as_text(look):
    rows = {str(row["text"]): row for row in leaderboard.fill(look("?period=28")).rows}
    winner = rows["Planted winner: the mattress that ends back pain"]
    loser = rows["Planted loser: a mattress"]
    assert (winner["verdict"], winner["do"]) == ("Winner", "Scale: raise its budget in steps")
    assert (loser["verdict"], loser["do"]) == ("Cut", "Cut")
    assert "per click at a cost of" in str(winner["reason"])
    assert str(winner["advice"]).startswith("Scale: raise its budget in steps. Earns ")
    assert winner["verdicts"] == [{"v": "winner", "word": "Winner", "mark": "▲", "n": 0}]
    assert str(winner["href"]).startswith("/creative?period=28&creative=rac1_")
    assert str(winner["trend"]).startswith("data:image/svg+xml,") and "28 days" in str(winner["spark_alt"])


def test_no_row_holds_a_nan_that_json_would_refuse(look, shop):
    for at in (look("?period=28"), look("?period=14&device=mobile"), shop("?period=14"), shop("?period=yesterday")):
        answer = leaderboard.fill(at)
        assert answer.rows
        for row in answer.rows:
            assert not any(isinstance(value, float) and isnan(value) for value in row.values())
        assert len({row["id"] for row in answer.rows}) == len(answer.rows)


def test_hostile_and_long_texts_are_values_and_nothing_else(look):
    texts = [row["text"] for row in leaderboard.fill(look("?period=28")).rows]
    assert HOSTILE in texts and LONG in texts


def test_the_columns_are_the_kinds_and_none_of_a_step_nobody_reports(look, shop):
    def titles(at: Look) -> list[str]:
        return [column.title for column in leaderboard.fill(at).columns]

    assert {"CTR1", "CTR2", "RPC", "EPC", "Profit per click"} <= set(titles(look("")))
    assert not {"CVR", "CPA", "Conversions"} & set(titles(look("")))
    assert {"CVR", "CPA", "ROAS"} <= set(titles(shop("")))
    assert not {"CTR1", "SERP rate", "CTR2"} & set(titles(shop("")))


def test_the_interval_shown_is_the_verdicts_and_not_the_narrower_one(look):
    at = look("?period=28")
    cells = judged_in(at, 28)
    told = cells[cells["mid"].notna()]
    assert np.allclose(told["low"], told["net_per_click_low"], atol=1e-5, equal_nan=True)
    rows = {row["id"]: row for row in leaderboard.fill(at).rows}
    once = told[~told["creative_id"].duplicated(keep=False)]
    assert len(once) > 20
    for cell in once.to_dict("records"):
        careful = rows[cell["creative_id"]]["careful"]
        assert careful == pytest.approx(cell["low"]) if careful is not None else isnan(cell["low"])


def test_a_net_per_click_is_read_in_the_unit_of_its_objective():
    roas = believed(objective="roas", target=2.0, net_per_click=0.05, net_per_click_low=-0.2, net_per_click_high=0.1)
    assert (roas["mid"], roas["low"], roas["high"], roas["aim"]) == (3.0, 0.0, 4.0, 2.0), "no ROAS is below 0"
    cpa = believed(objective="cpa", target=20.0, net_per_click=0.1, net_per_click_low=0.0, net_per_click_high=0.3)
    assert (cpa["mid"], cpa["low"], cpa["high"]) == (10.0, 5.0, 20.0), (
        "its ends change sides; net 0 just meets the target"
    )
    profit = believed(target=0.01)
    assert (profit["mid"], profit["aim"]) == (0.03, 0.01)
    assert isnan(believed(net_per_click=None, net_per_click_low=None, net_per_click_high=None)["mid"])
    none = believed(objective="cpa", target=20.0, net_per_click=-0.1, net_per_click_low=-0.1, net_per_click_high=0.1)
    assert isnan(none["mid"]) and isnan(none["high"]), "no conversion has no CPA"


def test_what_looks_like_a_contradiction_is_explained():
    odd = believed(p_meets_target=0.41)
    assert "its campaign loses, so little is believed: 41% likely" in odd["at_odds"]
    assert believed()["at_odds"] == ""
    assert (
        "its campaign earns" in believed(net_per_click_low=-0.3, net_per_click_high=-0.1, p_meets_target=0.6)["at_odds"]
    )
    row = verdict(at_odds=odd["at_odds"], why="between")
    assert str(said([row], row, filtered=False)["reason"]).endswith("41% likely to meet its target")
    lucky = verdict(at_odds=odd["at_odds"], why="lucky")
    assert said([lucky], lucky, filtered=False)["reason"] == "Earns 0.12", "its reason says so itself"


def test_a_creative_in_two_campaigns_is_one_row_that_counts_its_verdicts():
    first, second = verdict(), verdict(campaign_id="2", verdict="too_early", thumb="wait", do="Wait")
    told = said([first, second], first, filtered=False)
    assert told["verdict"] == "1 Winner, 1 Too early"
    assert told["scope"] == "in facebook · 1 · US"
    assert said([second, second], second, filtered=False)["early"] is True


def test_a_creative_of_no_campaign_says_why_it_has_no_verdict():
    told = said([], None, filtered=False)
    assert (told["none"], told["verdicts"]) == ("No verdict", [])
    assert "no campaign is known" in str(told["reason"])


def test_thumbs_count_creatives_and_not_creatives_times_campaigns():
    cells = pd.DataFrame([verdict(), verdict(campaign_id="2"), verdict(creative_id="rac1_b", thumb="wait")])
    assert counted(cells) == {"scale": 1, "keep": 0, "fix": 0, "cut": 0, "wait": 1}


def test_what_faded_below_its_target_is_replaced_and_not_mended():
    below = verdict(verdict="fatigued", action="fix", why="faded_below")
    assert (thumb_of(below), do(below)) == ("cut", "Replace it")
    faded = verdict(verdict="fatigued", action="keep", why="faded")
    assert (thumb_of(faded), do(faded)) == ("keep", "Keep, and prepare a successor")


def test_each_thumb_leads_to_as_many_rows_as_it_counts_and_keeps_the_rest_of_the_view(look):
    at = look("?period=28&metric=epc&network=facebook")
    many = counted(judged_in(at, 28))
    items = todo.fill(at).children[0].children  # type: ignore[attr-defined]
    assert len(items) == 1 + len(THUMBS) and sum(many.values()) > 5
    for thumb, item in zip(THUMBS, items[1:], strict=True):
        href = item.children.href
        assert href == f"/?period=28&network=facebook&metric=epc&show={thumb.show}"
        rows = leaderboard.fill(look(href.removeprefix("/"))).rows
        assert len(rows) == many[thumb.show]
        assert f"{many[thumb.show]}" in every_word(item)


def test_where_everything_is_too_early_it_says_in_which_days_it_is_not(shop):
    words = every_word(html.Div(todo.fill(shop("?period=7")).children))
    assert "Over 14 days " in words and "a day is mature 7 days later" in words


def test_a_thumb_that_nobody_stands_under_says_what_to_do(look):
    answer = leaderboard.fill(look("?period=1&show=scale"))
    assert (len(answer.rows), answer.empty) == (0, leaderboard.NOBODY)


def test_filtered_intervals_are_those_of_its_own_mature_clicks(look):
    rows = leaderboard.fill(look("?period=2026-11-01..2026-11-15")).rows
    told = [row for row in rows if row["objective"] is not None]
    assert len(told) > 10
    assert all(row["careful"] is None or row["careful"] <= row["objective"] for row in told)
    assert all(row["objective"] is None for row in leaderboard.fill(look("?period=today&ad=91001")).rows), "none mature"


def test_the_scale_is_not_flattened_by_one_wild_row():
    lows = [0.01] * 40 + [-90.0]
    frame = pd.DataFrame({"low": lows, "mid": [0.02] * 41, "high": [0.03] * 40 + [90.0], "aim": [0.0] * 41})
    scale = scale_of(frame)
    assert -1 < scale.low < 0 < scale.high < 1
    assert (scale.place(90.0), scale.place(None)) == (100.0, None)
    assert bar({"mid": 0.02}, Scale(0.0, 0.1), MEASURES["epc"], "USD")["bar"] == [None, 20.0, None, None]


def test_the_plot_has_a_mark_of_its_word_for_each_verdict_and_the_target(look):
    drawn = certainty.fill(look("?period=28"))
    words = {trace.name: trace.marker.symbol for trace in drawn.figure.data}
    assert (words["Winner"], words["Cut"]) == ("triangle-up", "triangle-down")
    assert drawn.table is not None and len(drawn.table) == sum(len(trace.x) for trace in drawn.figure.data)
    assert set(drawn.table["Verdict"]) == set(words) <= {VERDICTS[key][0] for key in certainty.SYMBOLS}
    assert "target $0.00" in [note.text for note in drawn.figure.layout.annotations]
    assert "Winner: 1" in every_word(html.Div(list(drawn.caption)))


def test_the_plot_keeps_the_clearest_words_where_not_all_fit():
    cells = of_verdicts(pd.DataFrame([
        verdict(creative_id=f"rac1_{n}", creative_text=HOSTILE, verdict=word)
        for n, word in enumerate(["average"] * 30 + ["cut", "winner", "too_early"])
    ]))  # fmt: skip
    shown = certainty.standing(cells, MEASURES["profit_per_click"])
    assert len(shown) == certainty.SHOWN_MAX
    assert (shown["verdict"].iloc[0], shown["verdict"].iloc[-1]) == ("winner", "cut")
    figure = certainty.certainty_figure(shown, MEASURES["profit_per_click"], LIGHT, "USD")
    assert not any("<a" in note.text for note in figure.layout.annotations)
    assert certainty.unsaid(cells, len(shown)).startswith("Not drawn: 19 with")


def test_without_verdicts_the_plot_says_so_and_draws_the_first_of_the_ranking(look):
    drawn = certainty.fill(look("?period=2026-11-01..2026-11-15"))
    assert "Filtered: no verdict" in every_word(html.Div(list(drawn.caption)))
    first = [row["text"] for row in leaderboard.fill(look("?period=2026-11-01..2026-11-15")).rows if row["objective"]]
    assert drawn.table is not None and drawn.table["Creative"].tolist() == first[: certainty.SHOWN_MAX]


def test_the_export_of_the_leaderboard_has_what_its_cells_draw(look: Callable[[str], Look]):
    answer = leaderboard.fill(look("?period=28"))
    table = exported(answer)
    rows = [dict(zip(table.titles, row, strict=True)) for row in table.rows]
    goal = MEASURES["profit_per_click"].title
    assert [row["Rank"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["creative_id"] for row in rows] == [row["id"] for row in answer.rows]
    assert any("facebook" in str(row["Networks"]) for row in rows)
    told = [row for row in rows if row[f"{goal}, lower limit"] is not None]
    assert told and all(row[f"{goal}, lower limit"] <= row[goal] <= row[f"{goal}, upper limit"] for row in told)
    assert {row["Target"] for row in told} == {0}
    assert not {"Rank", "Networks", "creative_id"} & {column.title for column in answer.on_screen}
