"""This module owns which creatives the leaderboard shows where there are more than a screen can take."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from dashboard.pages.overview.leaderboard_rows import Board
from dashboard.panels.first import first_of

_SUMS = {"profit": "profit", "spend": "cost", "revenue": "revenue"}


@dataclass(frozen=True)
class First:
    """The board with the creatives that are shown, their measures, and how many there are with the others."""

    board: Board
    measures: Mapping[str, pd.Series]
    all: int


def first(board: Board, measures: Mapping[str, pd.Series], sort: str, most: int | None) -> First:
    """The first `most` in the grid's own order (`sort`, as the URL has it; by profit where it has none); None: all.

    With the board's `show` only those with a verdict under that thumb. `sums` keeps its index: the place by profit.
    """
    leading = _leading(board)
    there = board.sums
    if board.show:
        there = there[there["creative_id"].isin(leading.index)]
    many = len(there)
    if most is not None and many > most:
        values = _values(board, there, measures, leading, sort.removeprefix("-"))
        ranked = pd.Series(range(many), there.index)
        there = there.loc[first_of(ranked, "", most) if values is None else first_of(values, sort, most)]
    ids = set(there["creative_id"])
    cells = None if board.cells is None else board.cells[board.cells["creative_id"].isin(ids)]
    cut = replace(board, sums=there, cells=cells, believed=board.believed[board.believed["creative_id"].isin(ids)])
    return First(cut, {name: values.loc[there.index] for name, values in measures.items()}, many)


def _leading(board: Board) -> pd.DataFrame:
    """The verdict that each creative's row tells, or what is believed of it, by its id."""
    cells = board.believed if board.cells is None else board.cells
    if board.cells is not None and board.show:
        cells = cells[cells["thumb"] == board.show]
    return cells.drop_duplicates("creative_id").set_index("creative_id")


def _values(
    board: Board, there: pd.DataFrame, measures: Mapping[str, pd.Series], leading: pd.DataFrame, name: str
) -> pd.Series | None:
    """What is sorted by; None where the grid has no such column: it stays ranked by profit."""
    if name in _SUMS:
        return there[_SUMS[name]]
    if name in measures:
        return measures[name].loc[there.index]
    if name == "text":
        return there["creative_text"]
    end = {"objective": "mid", "careful": "high" if board.objective.better == "down" else "low"}.get(name)
    if end is None:
        return None
    return pd.Series(leading[end].reindex(there["creative_id"]).to_numpy(), there.index)
