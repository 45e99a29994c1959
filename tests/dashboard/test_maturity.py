"""What the pages say of maturity: one cut-off, one sentence for either side of it."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from dashboard_looks import look_at

from dashboard.look import Look
from dashboard.maturity import last_mature, mature_part, mature_words, maturing_from, maturing_part, maturing_words


@pytest.fixture
def look(real_arbitrage: Path) -> Look:
    """23 November 2026, an install whose days are mature after two."""
    return look_at(real_arbitrage, "?period=7")


def test_every_day_is_on_one_side_of_the_cut_off(look: Look):
    assert (last_mature(look), maturing_from(look)) == (date(2026, 11, 21), date(2026, 11, 22))
    mature, maturing = mature_part(look, look.period), maturing_part(look, look.period)
    assert mature is not None and maturing is not None
    assert mature.days + maturing.days == look.period.days
    assert mature_part(look, maturing) is None and maturing_part(look, mature) is None


def test_a_day_is_never_mature_before_it_is_over(look: Look):
    at_once = replace(look, fresh=replace(look.fresh, maturity_days=0))
    assert last_mature(at_once) == date(2026, 11, 22)


def test_either_side_has_one_sentence(look: Look):
    span = look.period
    assert mature_words(look, span) == "Of mature days only: 17–21 Nov 2026."
    assert maturing_words(look, span) == (
        "22–23 Nov 2026 are still maturing: what their clicks bring can still change."
    )
    today = replace(span, first=span.last)
    assert maturing_words(look, today, hatched=True) == (
        "23 Nov 2026 is still maturing (hatched): what its clicks bring can still change."
    )
    assert mature_words(look, today) == "No day of this period is mature yet."
    assert maturing_words(look, replace(span, last=date(2026, 11, 20))) == ""
    assert maturing_words(look, span, 4).startswith("20–23 Nov 2026 are")
