"""The figures: pure functions, and hostile text stays text."""

from datetime import date
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pandas as pd
import pytest
from dashboard_marts import HOSTILE

from dashboard import queries, scorecard
from dashboard.figures.certainty import certainty_figure, standing, standings, tally
from dashboard.figures.sparkline import sparkline
from dashboard.figures.theme import DARK, LIGHT, label, scheme_of
from dashboard.figures.trend import by_day, trend_figure
from dashboard.marts import Span
from dashboard.state import State
from dashboard.words import MEASURES

A, B = "rac1_" + "a" * 32, "rac1_" + "b" * 32
SPAN = Span(date(2026, 11, 10), date(2026, 11, 23), date(2026, 11, 10))


def test_a_label_is_short_and_holds_no_markup_link_or_mathematics():
    words = label(HOSTILE, 500)
    assert "&lt;a href" in words
    assert not set("<>$") & set(words)
    assert len(label("word " * 100, 40)) <= 42  # the two isolates are invisible
    assert label("a\nb\t c", 40) == "\u2068a b c\u2069"


def test_the_trend_draws_a_line_for_each_picked_creative(by_hand: Path):
    frame = queries.trend(by_hand, State(), (A, B), SPAN.first, SPAN.last)
    figure = trend_figure(
        frame, [(A, "Quiet"), (B, HOSTILE)], MEASURES["profit"], SPAN, date(2026, 11, 22), LIGHT, "USD"
    )
    first, second = figure.data
    assert (first.y[-2], first.y[-1]) == (0, 15)
    assert first.customdata[-1] == "$15.00"
    assert "<" not in second.name
    assert {first.marker.symbol, second.marker.symbol} == {"circle", "square"}


def test_a_creative_has_no_line_before_its_first_day(by_hand: Path):
    frame = queries.trend(by_hand, State(), (A, B), SPAN.first, SPAN.last)
    values = by_day(frame, A, MEASURES["profit"], SPAN)
    assert values.isna().sum() == 6  # 10 to 15 November
    assert by_day(frame, A, MEASURES["epc"], SPAN).isna().sum() == 11, "no clicks, no rate"


@pytest.mark.parametrize(("maturing_from", "shapes"), [(date(2026, 11, 22), 2), (date(2026, 11, 24), 1)])
def test_maturing_days_are_a_labelled_band(by_hand: Path, maturing_from: date, shapes: int):
    frame = queries.trend(by_hand, State(), (A,), SPAN.first, SPAN.last)
    figure = trend_figure(frame, [(A, "x")], MEASURES["profit"], SPAN, maturing_from, LIGHT, "USD")
    assert len(figure.layout.shapes) == shapes  # the band, and the line of zero profit
    assert [note.text for note in figure.layout.annotations] == ["still maturing"] * (shapes - 1)


@pytest.mark.parametrize(
    ("low", "high", "aim", "better", "group"),
    [
        (0.1, 0.2, 0.0, "up", "meets"), (-0.2, -0.1, 0.0, "up", "misses"), (-0.1, 0.1, 0.0, "up", "unsure"),
        (10, 20, 30, "down", "meets"), (40, 50, 30, "down", "misses"), (float("nan"), 1, 0, "up", "unsure"),
        (0.1, 0.2, float("nan"), "up", "unsure"),
    ],
)  # fmt: skip
def test_an_interval_is_sure_only_on_one_side_of_the_target(low, high, aim, better, group):
    assert standing(low, high, aim, better) == group


def test_the_plot_of_certainty_has_a_dot_an_interval_and_the_target(by_hand: Path):
    frame = scorecard.with_objective(queries.ranking(by_hand, State()), queries.freshness(by_hand))
    top = standings(frame, {B}, "up")
    figure = certainty_figure(top, MEASURES["profit_per_click"], DARK, "USD")
    assert sum(len(trace.x) for trace in figure.data) == 2
    assert figure.layout.annotations[0].text == "target $0.00"
    assert not any("<" in text for text in figure.layout.yaxis.ticktext)
    assert [words for _group, words in tally(top)][2].endswith("not sure yet")


def test_a_creative_that_is_too_early_is_never_sure():
    frame = pd.DataFrame(
        {"creative_id": [A], "creative_text": ["x"], "low": [1.0], "mid": [2.0], "high": [3.0], "aim": [0.0]}
    )
    assert standings(frame, set(), "up")["group"].tolist() == ["meets"]
    assert standings(frame, {A}, "up")["group"].tolist() == ["unsure"]


def test_only_the_first_fifteen_are_drawn():
    frame = pd.DataFrame(
        {"creative_id": [str(n) for n in range(40)], "mid": [1.0] * 40, "low": 0.5, "high": 2.0, "aim": 0.0}
    )
    assert len(standings(frame, set(), "up")) == 15


def test_nothing_to_draw_is_an_empty_figure_and_no_error():
    frame = pd.DataFrame(columns=["day", "creative_id", "cost", "revenue", "clicks"])
    figure = trend_figure(frame, [], MEASURES["roas"], SPAN, date(2026, 11, 22), LIGHT, "EUR")
    assert not figure.data
    assert figure.layout.annotations[0].text == "Nothing to draw"
    nothing = pd.DataFrame(columns=["creative_id", "creative_text", "low", "mid", "high", "aim"], dtype=float)
    assert not certainty_figure(standings(nothing, set(), "up"), MEASURES["roas"], LIGHT, "EUR").data


def test_a_sparkline_is_svg_with_gaps_and_needs_two_days():
    uri = sparkline((1.0, None, 3.0, 2.0))
    assert uri is not None
    root = ElementTree.fromstring(unquote(uri.removeprefix("data:image/svg+xml,")))  # noqa: S314 - our own
    assert root[0].attrib["d"].count("M") == 2
    assert sparkline((1.0,)) is None
    assert sparkline((None, None)) is None
    assert sparkline((2.0, 2.0)) is not None


def test_an_unknown_scheme_is_light():
    assert scheme_of("dark") is DARK
    assert scheme_of("sepia") is scheme_of(None) is LIGHT
