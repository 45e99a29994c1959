"""Grids of more rows than a screen can take show the first in the order one sorts by, say how many are not, and export
all."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from dashboard.config import Settings
from dashboard.exporting import exported
from dashboard.look import Look, look_at
from dashboard.pages.attribution import PANELS, removal, rules, sure
from dashboard.pages.overview import leaderboard
from dashboard.panels.first import first_of, left_out
from dashboard.panels.panel import Rows

SORTS = ("", "-profit", "profit", "-spend", "-careful", "objective", "text", "-ctr1", "ctr1", "-clicks", "nothing")
FEW = 7


@pytest.fixture
def look(real_arbitrage: Path, settings: Settings) -> Callable[[str], Look]:
    return lambda search="": look_at(real_arbitrage, settings, search)


def kept(whole: Rows, cut: Rows, sort: str) -> None:
    """The cut rows are the first that the grid would show of all, equal to them, and in their order."""
    fields = {column.field for column in whole.columns}
    name, down = sort.removeprefix("-"), sort.startswith("-")
    rows = list(whole.rows)
    if name in fields:  # as AG Grid: what is not known first going up, last going down
        known = sorted((row for row in rows if row[name] is not None), key=lambda row: row[name], reverse=down)
        nothing = [row for row in rows if row[name] is None]
        rows = known + nothing if down else nothing + known
    edge = {row.get(name) for row in rows[FEW - 1 : FEW + 1]}
    ids = {row["id"] for row in cut.rows}
    assert len(cut.rows) == FEW and (ids == {row["id"] for row in rows[:FEW]} or len(edge) == 1), sort
    assert list(cut.rows) == [row for row in whole.rows if row["id"] in ids]


@pytest.mark.parametrize(
    "search", ["?period=28", "?period=28&show=wait", "?period=2026-11-01..2026-11-20&device=mobile"]
)
def test_the_leaderboard_keeps_the_first_of_any_sorting(look, search: str):
    for sort in SORTS:
        at = look(f"{search}&sort={sort}")
        whole, cut = leaderboard.fill(at, None), leaderboard.fill(at, FEW)
        kept(whole, cut, sort)
        assert f"{len(whole.rows):,} creatives" in cut.note
        assert f"the first {FEW} in the order you sort by, {len(whole.rows) - FEW:,} are left out" in cut.note
        assert "left out" not in whole.note


@pytest.mark.parametrize("sort", ["", "-base", "more", "-linear", "text", "-other_rank"])
def test_the_rules_keep_the_first_of_any_sorting_and_total_all(look, sort: str):
    at = look(f"?period=28&sort={sort}")
    whole, cut = rules(at, None), rules(at, FEW)
    kept(whole, cut, sort)
    assert cut.note[0] == whole.note[0] and "left out" in str(cut.note[2])


@pytest.mark.parametrize(("fill", "by"), [(removal, "by removal effect"), (sure, "by how far the rules differ")])
def test_what_no_address_sorts_keeps_its_first_and_says_by_what(look, fill: Callable[..., Rows], by: str):
    whole, cut = fill(look("?period=28"), None), fill(look("?period=28"), FEW)
    assert list(cut.rows) == list(whole.rows)[:FEW] and len(whole.rows) > FEW
    assert f"the first {FEW} {by}, {len(whole.rows) - FEW:,} are left out" in str(cut.note)
    assert str(cut.note).endswith(str(whole.note)), "what is counted is counted of all"


def test_an_export_has_all_rows(look):
    at = look("?period=28")
    for panel in (leaderboard.PANEL, *(panel for panel in PANELS if panel.whole)):
        assert panel.whole is not None
        assert len(exported(panel.whole(at)).rows) >= len(exported(panel.fill(at)).rows) > FEW


def test_of_equal_values_the_earlier_stay():
    values = pd.Series([2.0, float("nan"), 1.0, 2.0, float("inf")], index=[9, 8, 7, 6, 5])
    assert list(first_of(values, "-any", 2)) == [9, 6]
    assert list(first_of(values, "any", 2)) == [8, 5], "what is not known comes first going up"
    assert (left_out(5, 5), left_out(0, 0)) == ("", "")
