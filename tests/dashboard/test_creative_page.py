"""This module owns the promises of the page Creative: its numbers are the marts', and receipts give them."""

from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from dash import html
from dashboard_looks import look_at
from dashboard_planted import HOSTILE, INTO, LONG, MERGED, WHOLE

from dashboard.figures.theme import DARK, LIGHT
from dashboard.figures.unfinished import opened
from dashboard.look import Look
from dashboard.pages.creative import (
    PAGE,
    choosing,
    compliance,
    costs,
    credited,
    fatigue,
    funnel,
    head,
    journeys,
    judged,
    measures,
    merging,
    places,
    rates,
    receipts,
    texts,
    totals,
    variants,
)
from dashboard.pages.creative.chosen import chosen
from dashboard.pages.creative.costs_figure import costs_figure
from dashboard.pages.creative.estimates import daily, estimate, pooled, spread_of_days, within
from dashboard.pages.creative.fatigue_figure import Fall, fatigue_figure
from dashboard.pages.creative.funnel_figure import funnel_figure
from dashboard.pages.creative.rates_figure import Drawing, rates_figure
from dashboard.panels.panel import Drawn, Rows, Words
from dashboard.spans import Span
from dashboard.state import short
from dashboard.words import MEASURES

both = pytest.mark.parametrize("kind", ["real_arbitrage", "real_shop"])
WORN, WINNER = "Planted, and worn out: mattresses for over-60s", "Planted winner: the mattress that ends back pain"


def mart(real: Path, sql: str, *values: object) -> list[tuple]:
    with duckdb.connect(str(real), read_only=True) as con:
        return con.execute(sql, list(values)).fetchall()


def looking(real: Path, text: str = WINNER, search: str = "?period=28") -> Look:
    """A look at the creative of that text; of none where the text is empty."""
    if not text:
        return look_at(real, search)
    ((ident,),) = mart(real, "select creative_id from creatives where creative_text = ?", text)
    return look_at(real, f"{search}&creative={short(ident)}")


@pytest.fixture
def real(kind: str, request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(kind)


@both
def test_the_url_chooses_a_creative_and_an_unknown_one_is_a_sentence_and_a_list(real: Path):
    found = chosen(looking(real))
    assert found is not None and found.text == WINNER and found.identity_by == "text"
    for search in ("?period=28", "?period=28&creative=rac1_00000000"):
        look = look_at(real, search)
        assert chosen(look) is None and "creative-none" in str(head.head(look))
        assert all(not panel.fill(look).rows for panel in PAGE.panels
                   if panel.shape == "grid" and panel.name != "creative-choose")  # fmt: skip
    listed = choosing.fill(look_at(real, "?period=28")).rows
    assert [row["cost"] for row in listed] == sorted((row["cost"] for row in listed), reverse=True)
    assert {HOSTILE, WINNER} <= {row["text"] for row in listed}
    assert all(row["href"].startswith("/creative?") and short(str(row["id"])) in row["href"] for row in listed)


@both
def test_every_panel_answers_for_every_planted_creative_in_its_shape(real: Path):
    shapes = {"figure": Drawn, "grid": Rows, "words": Words}
    for text in (HOSTILE, INTO):
        look = looking(real, text, "?period=7")
        for panel in PAGE.panels:
            answer = panel.fill(look)
            assert isinstance(answer, shapes[panel.shape]), panel.name
            if isinstance(answer, Rows):
                ids = [row["id"] for row in answer.rows]
                assert len(ids) == len(set(ids)), panel.name


@both
@pytest.mark.parametrize("search", ["?period=28", "?period=7&country=US&network=facebook", "?period=3&device=mobile"])
def test_each_receipt_gives_the_number_shown_as_the_published_file_has_it(real: Path, search: str):
    look = looking(real, search=search)
    creative = chosen(look)
    assert creative is not None
    shown = {row["id"]: row["now"] for row in totals.fill(look).rows}
    assert list(shown) == list(measures.shown(look))
    for key, words in shown.items():
        ((amount,),) = mart(real, receipts.number_sql(look, creative, key))
        value = None if amount is None else float(amount)
        assert measures.written(value, key, look.fresh.currency) == words, key


@both
def test_the_rows_behind_a_number_add_up_to_it(real: Path):
    look = looking(real, search="?period=7&of=spend")
    creative = chosen(look)
    assert creative is not None
    rows = receipts.behind(look)
    ((amount,),) = mart(real, receipts.number_sql(look, creative, "spend"))
    assert sum(row["cost_direct"] + row["cost_allocated"] for row in rows.rows) == pytest.approx(float(amount))
    assert len(rows.rows) <= receipts.ROWS_MAX and f"{len(rows.rows)} rows of facts_daily" in rows.note
    assert "Spend" in str(receipts.fill(look).children) and receipts.asked_for(look) == "spend"
    assert receipts.asked_for(looking(real, search="?period=7&of=drop%20table")) == "profit"


@both
def test_totals_funnel_and_money_per_day_tell_the_same_sums(real: Path):
    look = looking(real)
    creative = chosen(look)
    assert creative is not None
    days = within(daily(look, creative), look.period)
    ((cost, revenue, clicks),) = mart(
        real, "select sum(cost), sum(revenue), sum(clicks) from creative_daily"
        " where creative_id = ? and day between ? and ?",
        creative.creative_id, look.period.first, look.period.last,
    )  # fmt: skip
    money = costs.fill(look).table
    assert money is not None and len(money) == look.period.days
    assert float(money["Spend, direct"].sum() + money["Spend, allocated"].sum()) == pytest.approx(float(cost))
    assert float(money["Revenue"].sum()) == pytest.approx(float(revenue))
    steps = funnel.fill(look).table
    assert steps is not None and steps["Sessions"].iloc[0] == int(clicks) == int(days["clicks"].sum())
    assert steps["Sessions"].is_monotonic_decreasing
    assert (
        "Searches" in list(steps["Step"]) if look.fresh.kind == "arbitrage" else "Searches" not in list(steps["Step"])
    )


def test_a_rate_has_its_own_name_only_between_its_own_two_steps():
    columns = ("clicks", "sessions", "landing_views", "search_sessions", "search_clicks", "results_sessions",
               "results_views", "ad_click_sessions", "ad_clicks", "conversion_sessions", "conversions")  # fmt: skip
    sums = pd.DataFrame({name: [100.0 - place] for place, name in enumerate(columns)})
    every = funnel.counted(sums, frozenset(step.name for step in funnel.STEPS))
    assert list(every["rate_title"]) == ["", "LP rate", "CTR1", "SERP rate", "CTR2", "went on"]
    fewer = funnel.counted(sums, frozenset({"click", "search_click", "results_view"}))
    assert list(fewer["rate_title"]) == ["", "went on", "SERP rate"]  # CTR1 is of landing views, which nobody reports
    assert funnel.counted(sums, frozenset()).empty


@both
def test_the_places_add_up_and_cost_that_nobody_splits_is_not_shared_out(real: Path):
    look = looking(real)
    creative = chosen(look)
    assert creative is not None
    days = within(daily(look, creative), look.period)
    ads = places.filler(places.ADS)(look)
    for name in ("clicks", "cost", "cost_direct", "cost_allocated", "revenue", "profit"):
        assert sum(float(row[name]) for row in ads.rows) == pytest.approx(float(days[name].sum()))
    devices = places.filler(places.DEVICES)(look)
    assert not {"cost", "profit", "roas", "cpa", "cpc"} & {column.field for column in devices.columns}
    assert "not split by device" in devices.note and sum(row["clicks"] for row in devices.rows) == days["clicks"].sum()


@both
def test_the_rates_are_the_scorecards(real: Path):
    look = looking(real, search="?period=28")
    creative = chosen(look)
    assert creative is not None
    days = daily(look, creative)
    told, sums = spread_of_days(days), pooled(within(days, look.period))
    names = [key for key in measures.rates(look) if key not in ("cpc", "cpa", "rpc")]
    (card,) = mart(
        real, f"select {', '.join(f'{key}, {key}_low, {key}_high' for key in names)} from creative_scorecard"
        " where creative_id = ? and window_days = 28 and scope = 'all'", creative.creative_id,
    )  # fmt: skip
    for at, key in enumerate(names):
        found = estimate(sums, key, *told)
        value, low, high = card[3 * at : 3 * at + 3]
        assert found.value[0] == pytest.approx(value, rel=0.02), key
        # Money's limits lean on how the scope's money spreads in the scorecard, and on its own days' here.
        slack = 0.01 if key in ("ctr", "lp_rate", "ctr1", "serp_rate", "ctr2", "cvr") else 0.35
        assert found.high[0] - found.low[0] == pytest.approx(high - low, rel=slack), key


def test_days_that_tell_too_little_are_drawn_together_and_maturing_days_are_hatched(real_arbitrage: Path):
    look = looking(real_arbitrage, WORN, "?period=28&metric=epc")
    drawn = rates.fill(look)
    assert "line is of the 7 days" in str(drawn.caption) and drawn.table is not None
    assert list(drawn.table.columns)[:4] == ["Day", "EPC", "95 % from", "95 % to"]
    known = drawn.table.dropna()
    assert (known["95 % from"] <= known["EPC"]).all() and (known["EPC"] <= known["95 % to"]).all()
    assert "still maturing" in [note.text for note in drawn.figure.layout.annotations]
    assert set(drawn.table["Days' money"]) == {"mature", "still maturing"}
    short_one = rates.fill(looking(real_arbitrage, search="?period=1&metric=ctr"))
    assert (
        short_one.table is not None
        and len(short_one.table) > 7
        and "begins before the period" in str(short_one.caption)
    )


def test_a_projection_is_made_only_where_maturity_says_how_much_is_to_come():
    days = pd.DataFrame({
        "day": pd.to_datetime(["2026-11-20", "2026-11-21"]), "mature": [True, False], "clicks": [100, 100],
        "m_clicks": [100, 100], "m_converted": [10, 5], "m_revenue": [20.0, 10.0], "m_revenue_squared": [50.0, 25.0],
        "m_cost": [8.0, 8.0], "cost": [8.0, 8.0], "reported_clicks": [90, 90], "reported_impressions": [900, 900],
        "conversions": [0, 0], "ad_clicks": [12, 6], "sessions": [80, 80], "revenue": [20.0, 10.0],
    })  # fmt: skip
    rated = rates.rated_days(days, "epc", {pd.Timestamp("2026-11-21"): 1.5}, rolled=False)
    assert rated["value"].tolist() == pytest.approx([0.2, 0.1])
    assert np.isnan(rated["projected"][0]) and rated["projected"][1] == pytest.approx(0.15)
    drawing = Drawing(MEASURES["epc"], Span(date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 20)), "USD", 0.08,
                      date(2026, 11, 21))  # fmt: skip
    for scheme in (LIGHT, DARK):
        figure = opened(rates_figure(rated, drawing, scheme), "2026-11-21")
        symbols = [trace.marker.symbol for trace in figure.data if trace.marker.symbol]
        assert symbols == ["circle-open", "diamond-open"]
        assert any("target $0.08" in (note.text or "") for note in figure.layout.annotations)
    unknown = rated.assign(value=np.nan)
    assert not rates_figure(unknown, drawing, LIGHT).data


def test_a_fall_is_drawn_where_it_stands_out_and_says_whether_it_still_pays(real_arbitrage: Path):
    drawn = fatigue.fill(looking(real_arbitrage, WORN))
    assert "replace it now" in str(drawn.caption) or "decayed but profitable" in str(drawn.caption)
    assert any((note.text or "").startswith("changed about") for note in drawn.figure.layout.annotations)
    assert drawn.table is not None and {"yes", "no"} == set(drawn.table["Since the change"])
    listed = fatigue.every(looking(real_arbitrage, WORN)).rows
    assert any(row["since"] is not None and row["decline"] > 0.1 for row in listed)
    calm = Fall("EPC", "money", None, None, None, 0.2, 0.2, False)
    days = pd.DataFrame({"day": pd.to_datetime(["2026-11-20"]), "value": [0.2]})
    assert not fatigue_figure(days, calm, LIGHT, "USD").layout.annotations
    assert fatigue.says({"metric": "ctr", "fatigued": True, "decline": 0.4, "since": date(2026, 11, 2),
                         "still_meets_target": True}).endswith("keep it and prepare the next one")  # fmt: skip


@both
def test_journeys_are_counted_once_and_rules_stand_beside_the_headline(real: Path):
    ((text, ident, passed),) = mart(
        real, "select creative_text, creative_id, sum(journeys) from paths, creatives"
        " where list_contains(path, creative_id) and conversion_kind = ? group by all order by count(*) desc limit 1",
        "ad_click" if look_at(real).fresh.kind == "arbitrage" else "purchase",
    )  # fmt: skip
    look = looking(real, text, "?period=all")
    creative = chosen(look)
    assert creative is not None and creative.creative_id == ident
    found = journeys.roles(look, creative)
    assert int(found["journeys"].sum()) == passed and (found["converted"] <= found["journeys"]).all()
    beside = journeys.neighbours(look).rows
    assert beside and all(row["side"] in ("right before", "right after") for row in beside)
    ruled = credited.fill(look).rows
    assert "(headline)" in str(ruled[0]["rule"]) and ruled[0]["difference"] == 0 and len(ruled) >= 10


def test_verdicts_say_what_would_settle_them_and_changes_are_told_once(real_arbitrage: Path):
    look = looking(real_arbitrage)
    rows = judged.fill(look).rows
    assert rows and str(rows[0]["verdict"])[0] in "▲△□◐◇▼?○" and rows[0]["settles"] and rows[0]["since"] is not None
    told = judged.history(look).rows
    assert all(row["before"] != row["verdict"] for row in told) and told
    assert judged.settles(1200, "too_early") == "About 1,200 more clicks until it can be judged"
    assert judged.settles(None, "average").startswith("More clicks alone")
    assert "observational" in str(judged.fill(look).note)


@both
def test_raw_texts_are_compared_with_the_creatives_and_a_cut_off_one_is_no_whole_text(real: Path):
    look = looking(real, WHOLE)
    found = variants.fill(look).rows
    assert len(found) == 2 and {row["says"] for row in found} >= {"Exactly as shown"}
    cut = next(row for row in found if row["says"] != "Exactly as shown")
    assert "cut off" in cut["says"] and [piece for piece in cut["pieces"] if piece[0] == "missing"]
    sent = compliance.fill(look)
    assert str(sent.rows[0]["whole"]).startswith("Not complete") and "were sent whole" in str(sent.note)
    ((clicks,),) = mart(
        real,
        "select sum(clicks) from variant_daily join creatives using (creative_id)"
        " where creative_text = ? and day between ? and ?",
        WHOLE,
        look.period.first,
        look.period.last,
    )
    assert sum(row["clicks"] for row in found) == clicks


@both
def test_a_merge_is_told_with_who_and_why_and_its_reason_is_text(real: Path):
    answer = str(merging.fill(looking(real, INTO)).children)
    assert MERGED in answer and "maria" in answer and "<b>shorter</b>" in answer
    ((alias,),) = mart(real, "select alias_id from creative_aliases where alias_text = ? and in_force", MERGED)
    gone = head.head(look_at(real, f"?creative={short(alias)}"))
    assert "counts as another creative" in str(gone) and INTO in str(gone)


def test_a_long_text_is_folded_and_kept_whole():
    lines = "\n".join(f"line {number}" for number in range(40))
    for text in (LONG, lines, "x" * 65_536):
        made = texts.whole_text(text)
        assert len(texts.opening(text)) <= texts.FOLDED_FROM
        assert made.children[1].children[1].children == text
    plain = texts.whole_text(HOSTILE)
    assert isinstance(plain, html.Blockquote) and plain.children == HOSTILE


def test_figures_of_nothing_say_so_instead_of_drawing_zero():
    nothing = pd.DataFrame({"day": pd.to_datetime([]), "cost_direct": [], "cost_allocated": [], "revenue": []})
    span = Span(date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 1))
    steps = pd.DataFrame({"title": [], "sessions": [], "lost": [], "rate": []})
    for figure in (costs_figure(nothing, span, date(2026, 11, 2), LIGHT, "USD"), funnel_figure(steps, DARK)):
        assert [note.text for note in figure.layout.annotations] == ["Nothing to draw"]
