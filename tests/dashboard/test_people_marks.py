"""Annotations on a figure: numbered, drawn where their days are, and hostile words are only ever words."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import plotly.graph_objects as go
import pytest
from dashboard_worlds import MOMENT

from dashboard.config import Settings
from dashboard.figures.theme import LIGHT
from dashboard.pages import PAGES
from dashboard.panels.wiring import filled
from dashboard.people.annotations import Annotation, Note, add
from dashboard.people.marking import days, listed, mark
from dashboard.people.store import writing
from dashboard.people.visitor import LOCAL
from dashboard.state import short

BUSY = """select creative_id from facts_daily where creative_id is not null
  group by creative_id order by sum(clicks) desc, creative_id limit 2"""
HOSTILE = "<img src=x onerror=alert(1)> $x$"
FOUND = (
    Annotation(date(2026, 11, 20), date(2026, 11, 20), HOSTILE, id=1, author="anna"),
    Annotation(date(2026, 11, 22), date(2026, 11, 24), "Sale", "facebook", "2384", id=2, author="ben"),
)


def test_a_day_is_a_line_and_some_days_are_a_band_each_with_its_number():
    figure = mark(go.Figure(), FOUND, LIGHT)
    line, band = figure.layout.shapes
    assert (line.type, str(line.x0), str(line.x1)) == ("line", "2026-11-20 00:00:00", "2026-11-20 00:00:00")
    assert (band.type, str(band.x0), str(band.x1)) == ("rect", "2026-11-21 12:00:00", "2026-11-24 12:00:00")
    assert [note.text for note in figure.layout.annotations] == ["<b>1</b>", "<b>2</b>"]
    assert [str(note.x) for note in figure.layout.annotations] == ["2026-11-20 00:00:00", "2026-11-23 00:00:00"]


def test_by_the_hour_a_day_is_from_midnight_to_midnight():
    day, _ = mark(go.Figure(), FOUND, LIGHT, hourly=True).layout.shapes
    assert (day.type, str(day.x0), str(day.x1)) == ("rect", "2026-11-20 00:00:00", "2026-11-21 00:00:00")


def test_what_people_write_is_text_in_the_figure_and_in_the_list():
    hover = mark(go.Figure(), FOUND, LIGHT).layout.annotations[0].hovertext
    assert "<img" not in hover and "$" not in hover and "&lt;img" in hover
    assert listed(()) is None
    items = listed(FOUND).to_plotly_json()["props"]["children"]
    said = [item.children for item in items]
    assert said[0][1] == f": {HOSTILE} ", "a text node, which nothing reads as markup"
    assert said[1][1].children == " (facebook · 2384)"


def test_days_are_said_shortly():
    assert [days(each) for each in FOUND] == ["20 Nov 2026", "22 Nov to 24 Nov 2026"]
    over = Annotation(date(2026, 12, 30), date(2027, 1, 2), "New year")
    assert days(over) == "30 Dec 2026 to 2 Jan 2027"


def test_numbers_stand_inside_where_the_legend_is_above():
    below, above = go.Figure(), go.Figure(layout={"legend": {"y": 1.06}})
    assert [mark(each, FOUND, LIGHT).layout.annotations[0].yanchor for each in (below, above)] == ["bottom", "top"]


@pytest.mark.parametrize("kind", ["arbitrage", "shop"])
def test_every_figure_over_days_shows_what_people_noted(kind: str, publish_into: Callable[..., Path], tmp_path: Path):
    real = publish_into(tmp_path, kind)
    settings = Settings(data_dir=tmp_path, kind=kind, senders={"site": {"secrets": ["whsec_x"]}})
    day = MOMENT.date() - timedelta(3)
    with writing(tmp_path) as connection:
        add(connection, LOCAL, Note(day, day + timedelta(1), "New feed"), 1)
    with duckdb.connect(str(real), read_only=True) as connection:
        picks = [short(ident) for (ident,) in connection.execute(BUSY).fetchall()]
    view = f"?period=28&pick={','.join(picks)}&creative={picks[0]}"
    shown = [panel for page in PAGES for panel in page.panels if panel.timeline or panel.name == "overview-trend"]
    for panel in shown:
        trouble, _foot, figure, caption, _table = filled(settings, panel, view, "light")
        assert trouble == "" and "<b>1</b>" in [note.text for note in figure.layout.annotations], panel.name
        assert "New feed" in str(caption), panel.name
    assert len(shown) == 9
