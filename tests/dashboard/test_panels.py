"""Panels without a browser: rows and figures filled from a real file, trouble in words, exports equal to the rows."""

import csv
import io
from datetime import date
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest
from dash import html, no_update
from openpyxl import load_workbook

from dashboard.config import Settings
from dashboard.exporting import as_csv, as_xlsx, exported, facts, file_name
from dashboard.look import Look, look_at
from dashboard.panels.grids import column_defs, row_data
from dashboard.panels.panel import NO_ROWS, Column, Drawn, Panel, Rows, Words
from dashboard.panels.tables import table
from dashboard.panels.wiring import filled, foot, left_alone, period_words

COLUMNS = (
    Column("text", "Creative", wrap=True),
    Column("profit", "Profit", "money", places=2),
    Column("rate", "CTR", "share"),
    Column("day", "Day", "date"),
    Column("spark", "Trend", renderer="Spark", exported=False),
    Column("days", "Days of the trend", on_screen=False),
)
GIVEN = (
    {"id": "a", "text": "=HYPERLINK(\"x\")", "profit": 1234.5, "rate": None, "day": date(2026, 11, 23), "href": "/x",
     "days": (-1.0, None, 2.5)},
    {"id": "b", "text": "Zebra", "profit": -2.0, "rate": 0.031, "day": None},
    {"id": "c", "text": "apple", "profit": None, "rate": 0.5, "day": date(2026, 11, 1)},
)  # fmt: skip


def grid(look: Look) -> Rows:
    return Rows(COLUMNS, GIVEN)


def broken(look: Look) -> Rows:
    raise ValueError("the inside")


PANEL = Panel("test-grid", "A grid", "grid", "facts_daily", grid, sorted_by_url=True)


@pytest.fixture
def look(real_arbitrage: Path, settings: Settings):
    return lambda search="": look_at(real_arbitrage, settings, search)


@pytest.fixture
def published(real_arbitrage: Path, settings: Settings) -> Settings:
    (settings.data_dir / "creatives.duckdb").symlink_to(real_arbitrage)
    return settings


def test_a_grid_is_filled_with_values_and_their_words(published: Settings):
    trouble, _foot, columns, rows, style, note = filled(published, PANEL, "?sort=-profit", None)
    assert (trouble, note, style) == ("", "", {"height": 42 + 3 * 44 + 18})
    assert [column["field"] for column in columns] == ["text", "profit", "rate", "day", "spark"]
    assert columns[1]["sort"] == "desc"
    assert columns[0]["cellRenderer"] == "Link", "the first cell leads on"
    assert [row["profit_text"] for row in rows] == ["$1,234.50", "−$2.00", "n/a"]
    assert [row["rate_text"] for row in rows] == ["n/a", "3.10%", "50.0%"]
    assert [row["day_text"] for row in rows] == ["2026-11-23", "n/a", "2026-11-01"]


def test_what_a_panel_raises_becomes_a_sentence_and_a_retry(published: Settings):
    panel = Panel("test-broken", "Broken", "grid", "facts_daily", broken)
    trouble, *rest = filled(published, panel, "", None)
    assert "could not be drawn" in trouble[0].children
    assert "the inside" not in str(trouble)
    assert trouble[1].id == "test-broken-retry"
    assert rest == [no_update] * 5


def test_nothing_published_is_a_sentence_too(settings: Settings):
    trouble, *_rest = filled(settings, PANEL, "", None)
    assert "Nothing is published yet" in trouble[0].children


def test_an_empty_grid_says_what_to_do(published: Settings):
    panel = Panel("test-empty", "Empty", "grid", "facts_daily", lambda _look: Rows(COLUMNS, ()))
    assert filled(published, panel, "", None)[-1] == NO_ROWS


def test_figures_and_words_fill_their_own_parts(published: Settings):
    frame = pd.DataFrame({"Day": [date(2026, 11, 23)], "Profit": [1.5]})
    figure = Panel("f", "F", "figure", "facts_daily", lambda _look: Drawn(go.Figure(), "Profit per day.", frame))
    assert filled(published, figure, "", "dark")[3] == "Profit per day."
    drawn = filled(published, figure, "?period=7", "dark")[2]
    assert drawn.layout.meta["file"] == "whichad-f-2026-11-17-2026-11-23.png", "a picture is named as the CSV is"
    words = Panel("w", "W", "words", "facts_daily", lambda _look: Words([html.P("x")]))
    assert filled(published, words, "", None)[2][0].children == "x"


def test_the_foot_names_the_mart_and_the_filters_it_lacks(look):
    panel = Panel("p", "P", "grid", "funnel_daily", grid)
    assert [str(part.children) for part in foot(look(), panel)[1:]] == ["funnel_daily"]
    told = foot(look("?device=mobile&q=x&network=facebook"), panel)[-1].children
    assert told == " · not filtered by the device, the text search: this mart does not have it"


def test_the_foot_of_what_no_mart_serves_names_its_file(look):
    panel = Panel("p", "P", "grid", "", grid, kept_in="data/kept.sqlite")
    words = foot(look("?device=mobile"), panel)
    assert [str(getattr(part, "children", part)) for part in words] == [
        "From ", "data/kept.sqlite", ": neither period nor filters apply",
    ]  # fmt: skip
    assert ("Kept in", "data/kept.sqlite") in facts(panel, look())


def test_the_period_is_told_with_its_comparison_zone_and_currency(look):
    assert period_words(look("?period=7")) == (
        "17–23 Nov 2026, compared with 10–16 Nov 2026. Today is not over. Days of America/Los_Angeles, money in USD."
    )
    assert "does not reach back" in period_words(look("?period=28&vs=year"))


def test_a_csv_has_the_shown_columns_in_the_urls_order_and_no_formula(look):
    answer = grid(look())
    body = as_csv(exported(answer, "-profit"))
    assert body.startswith(b"\xef\xbb\xbf"), "Excel reads UTF-8 by its mark"
    read = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert read == [
        ["Creative", "Profit", "CTR", "Day", "Days of the trend"],
        ['\'=HYPERLINK("x")', "1234.5", "", "2026-11-23", "'-1, , 2.5"],
        ["Zebra", "-2", "0.031", "", ""],
        ["apple", "", "0.5", "2026-11-01", ""],
    ]
    by_text = list(csv.reader(io.StringIO(as_csv(exported(answer, "text")).decode("utf-8-sig"))))
    assert [row[0] for row in by_text[1:]] == ['\'=HYPERLINK("x")', "apple", "Zebra"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_text_begins_as_a_formula_in_a_csv(start: str):
    body = as_csv(exported(Rows((Column("t", "T"),), ({"id": "1", "t": f"{start}1+1"},)))).decode("utf-8-sig")
    assert body.splitlines()[1].lstrip('"').startswith("'")


def test_an_excel_file_has_numbers_as_numbers_texts_as_texts_and_says_what_it_is_of(look):
    seen = look("?network=facebook")
    book = load_workbook(io.BytesIO(as_xlsx(exported(grid(seen)), PANEL, seen)))
    data, about = book["Data"], {row[0].value: row[1].value for row in book["About"].iter_rows()}
    assert [cell.value for cell in data[1]] == ["Creative", "Profit", "CTR", "Day", "Days of the trend"]
    assert (data["A2"].value, data["A2"].data_type) == ('=HYPERLINK("x")', "s")
    assert (data["B2"].value, data["B3"].value, data["B4"].value) == (1234.5, -2, None)
    assert data["D2"].value.date() == date(2026, 11, 23), "a day is a day, not a text"
    assert about["Filters"] == "network: facebook"
    assert about["Currency"] == "USD"
    assert about["View"] == "?network=facebook"
    assert file_name(PANEL, seen, "xlsx") == "whichad-test-grid-2026-11-17-2026-11-23.xlsx"


def test_a_table_tells_a_figure_in_text(look):
    frame = pd.DataFrame(
        {"Day": [pd.Timestamp("2026-11-23"), pd.NaT], "Profit": [1234.5678, float("nan")], "Clicks": [1, 2]}
    )
    made = str(table(frame, "Day by day").to_plotly_json())
    assert "2026-11-23" in made
    assert "1,235" in made
    assert made.count("n/a") == 2
    assert table(frame.iloc[:0], "x") == "There is nothing in it."


def test_rows_of_a_grid_keep_what_only_a_renderer_reads(look):
    answer = Rows((Column("spark", "Trend", renderer="Spark"),), ({"id": "1", "spark": "data:x", "spark_alt": "up"},))
    assert row_data(answer, "USD")[0]["spark_alt"] == "up"
    assert column_defs(PANEL, answer, "")[0]["cellRenderer"] == "Spark"


def test_words_that_stand_there_already_are_not_put_there_again_and_trouble_leaves_what_stands():
    said = ["", "foot", [html.P("one", id={"deed": "x"})]]
    *_, children, mark = left_alone(tuple(said), None)
    assert children == said[2] and left_alone(tuple(said), mark) == ("", "foot", no_update, mark)
    said[2] = [html.P("two", id={"deed": "x"})]
    *_, children, other = left_alone(tuple(said), mark)
    assert children == said[2] and other != mark
    assert left_alone(("trouble", no_update, no_update), mark) == ("trouble", no_update, no_update, no_update)
