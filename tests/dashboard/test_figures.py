"""What all figures share: hostile text stays text in a label, and small lines are drawn on the server."""

from urllib.parse import unquote
from xml.etree import ElementTree

from dashboard_marts import HOSTILE

from dashboard.figures.sparkline import sparkline
from dashboard.figures.theme import DARK, LIGHT, label, scheme_of


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
