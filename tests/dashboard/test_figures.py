"""What all figures share: hostile text stays text in a label, and small lines are drawn on the server."""

from urllib.parse import unquote
from xml.etree import ElementTree

import plotly.graph_objects as go
from dashboard_marts import HOSTILE

from dashboard.figures.sparkline import sparkline
from dashboard.figures.theme import DARK, LIGHT, label, scheme_of
from dashboard.figures.unfinished import OVER, PALE, opened


def test_a_label_is_short_and_holds_no_markup_link_or_mathematics():
    words = label(HOSTILE, 500)
    assert "&lt;a href" in words
    assert not set("<>$") & set(words)
    assert len(label("word " * 100, 40)) <= 42  # the two isolates are invisible
    assert label("a\nb\t c", 40) == "\u2068a b c\u2069"


def test_a_sparkline_is_svg_with_gaps_and_needs_two_days():
    uri = sparkline((1.0, None, 3.0, 2.0))
    assert uri is not None
    root = ElementTree.fromstring(unquote(uri.removeprefix("data:image/svg+xml,")))  # noqa: S314 - our own
    assert root[0].attrib["d"].count("M") == 2
    assert sparkline((1.0,)) is None
    assert sparkline((None, None)) is None
    assert sparkline((2.0, 2.0)) is not None


def test_a_sparkline_goes_dotted_to_a_day_that_is_not_over():
    uri = sparkline((1.0, 3.0, 2.0), open_end=True)
    assert uri is not None
    over, way = ElementTree.fromstring(unquote(uri.removeprefix("data:image/svg+xml,")))  # noqa: S314 - our own
    assert over.attrib["d"].count("L") == way.attrib["d"].count("L") == 1
    assert "stroke-dasharray" in way.attrib and "stroke-dasharray" not in over.attrib
    assert sparkline((1.0, 3.0, 1.0), open_end=True) == sparkline((1.0, 3.0, -99.0), open_end=True), (
        "it flattens nothing"
    )
    assert over.attrib["d"].split("L")[1] == way.attrib["d"].split("L")[0].removeprefix("M")


def test_what_is_not_over_is_open_in_lines_and_pale_in_bars_and_all_else_stays():
    days = ["2026-11-22", "2026-11-23"]
    figure = go.Figure([
        go.Scatter(x=days, y=[1.0, 2.0], mode="lines+markers", customdata=["a", "b"], hovertemplate="%{customdata}",
                   line={"color": "#111111"}, marker={"symbol": "square"}),
        go.Scatter(x=days, y=[1.0, 2.0], mode="lines", meta=OVER),
        go.Scatter(x=days, y=[1.0, 2.0], mode="lines", hoverinfo="skip"),
        go.Bar(x=days, y=[1.0, 2.0]),
    ])  # fmt: skip
    line, way, point, past, band, bar = opened(figure, days[1]).data
    assert (line.y, point.y, point.customdata, point.hovertemplate) == ((1.0, None), (2.0,), ("b",), "%{customdata}")
    assert (point.marker.symbol, way.line.dash, way.y) == ("square-open", "dot", (1.0, 2.0))
    assert past.y == band.y == (1.0, 2.0) and bar.marker.opacity == (1.0, PALE)
    assert len(opened(go.Figure(figure), "2026-11-24").data) == len(figure.data), "no such point: nothing changes"


def test_a_sparkline_of_money_shows_where_zero_is():
    uri = sparkline((1.0, 3.0), zero=True)
    assert uri is not None
    root = ElementTree.fromstring(unquote(uri.removeprefix("data:image/svg+xml,")))  # noqa: S314 - our own
    ground, line = (path.attrib["d"] for path in root)
    assert ground.startswith("M0 25.0"), "at the bottom: nothing was lost"
    assert float(line.split("M3.0 ")[1].split("L")[0]) < 25.0


def test_an_unknown_scheme_is_light():
    assert scheme_of("dark") is DARK
    assert scheme_of("sepia") is scheme_of(None) is LIGHT
