"""This module owns the leaderboard: every creative with what it earned, how sure that is, and what to do about it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pandas as pd

from dashboard.look import Look
from dashboard.marts import Span
from dashboard.pages.overview import believed, sums
from dashboard.pages.overview.rows import Board, rows
from dashboard.pages.overview.scale import scale_of
from dashboard.pages.overview.verdicts import judged_in
from dashboard.pages.overview.window import cut_by, judged, window_of
from dashboard.panels.panel import CREATIVE_ID, Column, Panel, Rows
from dashboard.state import link, short
from dashboard.words import MEASURES, Measure, kind_words

LINE_DAYS = (14, 28)  # a row's small line has at least, and at most, as many days
_BELIEVED = ["creative_id", "mid", "low", "high", "aim"]
NOBODY = "No creative stands under this word in these days. Choose another above, or show all."
_NOTHING = "No creative has anything in these days with these filters. Widen the period, or clear a filter."


def fill(look: Look) -> Rows:
    """The rows of the period under the filters; verdicts where there are any for them."""
    board = replace(board_of(look), series=series(look))
    shown = [measure for measure in columns_of(look) if measure.key != board.objective.key]
    measures = {measure.key: sums.values(measure, board.sums) for measure in shown}
    measures["clicks"] = board.sums["clicks"].astype(float)
    figures = board.believed if board.cells is None else board.cells
    made = rows(board, scale_of(figures), measures)
    for row in made:
        row["href"] = link("/creative", look.state, creative=short(str(row["id"])))
    return Rows(columns(board, shown), made, note(look, board, len(made)), _empty(look))


def board_of(look: Look) -> Board:
    """What the rows are made of, but for their small lines."""
    found = sums.per_creative(look, look.period)
    cells = judged_in(look, window_of(look) or 0) if judged(look) else None
    objective = MEASURES.get(look.fresh.objective, MEASURES["roas"])
    seen = _believed(look, objective) if cells is None else pd.DataFrame(columns=_BELIEVED, dtype=float)
    show = "" if cells is None else look.state.show
    return Board(found, {}, cells, seen, objective, look.fresh.currency, show)


def _believed(look: Look, objective: Measure) -> pd.DataFrame:
    mature = sums.mature_part(look, look.period)
    if mature is None:
        return pd.DataFrame(columns=_BELIEVED, dtype=float)
    cohorts = sums.cohorts(look, mature, "creative_id")
    return believed.of_sums(sums.per_creative(look, mature), cohorts, objective.key, look.fresh.target)


def series(look: Look) -> dict[str, list[float | None]]:
    """Each creative's profit per day, from its first day in these days on; a day without anything of it is 0."""
    least, most = LINE_DAYS
    longer = look.period.at_least(least)
    span = Span(max(longer.first, longer.last - timedelta(days=most - 1)), longer.last, longer.oldest)
    days = sums.daily_per_creative(look, span)
    wide = days.pivot_table(index="creative_id", columns="day", values="profit", aggfunc="sum")
    wide = wide.reindex(columns=pd.date_range(span.first, span.last))
    begun = wide.notna().cummax(axis=1)
    filled = wide.fillna(0.0).where(begun)
    return {str(ident): [None if pd.isna(value) else float(value) for value in row]
            for ident, row in zip(filled.index, filled.to_numpy(), strict=True)}  # fmt: skip


def columns_of(look: Look) -> list[Measure]:
    """The rates of the kind whose steps somebody reports."""
    return sums.told(kind_words(look.fresh.kind).columns, sums.reported(look))


def columns(board: Board, shown: Sequence[Measure]) -> list[Column]:
    """The columns: who, what to do and why, its days, how sure, the money, the rates."""
    goal, careful = board.objective, "At most" if board.objective.better == "down" else "At least"
    tip = f"{goal.title} with its 95 % interval, on clicks old enough to be settled. The tick is the target."
    return [
        Column("rank", "Rank", "count", on_screen=False),
        Column("text", "Creative", width=276, renderer="Leader"),
        Column("networks", "Networks", on_screen=False),
        Column("notes", "Notes", on_screen=False),
        Column("verdict", "Verdict", width=150, renderer="Verdicts", sortable=False),
        Column("advice", "What to do, and why", width=292, renderer="Advice", sortable=False, wrap=True),
        Column("trend", "Profit per day", width=112, renderer="Spark", exported=False, sortable=False),
        Column("spark_alt", "Its days", on_screen=False),
        Column("profit", "Profit", "money", 100, places=2),
        Column("objective", goal.title, goal.unit, 216, tip, "Interval"),  # type: ignore[arg-type] # same words
        Column("low", f"{goal.title}, lower limit", goal.unit, on_screen=False),  # type: ignore[arg-type]
        Column("high", f"{goal.title}, upper limit", goal.unit, on_screen=False),  # type: ignore[arg-type]
        Column("aim", "Target", goal.unit, on_screen=False),  # type: ignore[arg-type]
        Column("careful", careful, goal.unit, 92,  # type: ignore[arg-type]
               f"The careful end of the interval of {goal.title}: sort by it to rank by what is sure."),
        Column("spend", "Spend", "money", 96, places=2),
        Column("revenue", "Revenue", "money", 100, places=2),
        Column("clicks", "Clicks", "count", 84),
        *(Column(one.key, one.title, one.unit, 92, one.formula) for one in shown),  # type: ignore[arg-type]
        CREATIVE_ID,
    ]  # fmt: skip


def note(look: Look, board: Board, found: int) -> str:
    """How many there are, and whose intervals these are."""
    many = f"{found:,} creative{'' if found == 1 else 's'}, ranked by profit. "
    if board.cells is not None:
        return many + "Intervals are what the verdict believes: mature clicks, widened by how much days differ."
    why = ", ".join(f"the {name}" for name in cut_by(look)) or "these days"
    return many + f"Filtered: no verdict on {why}. Intervals are of these clicks alone, where they are mature."


def _empty(look: Look) -> str:
    if look.state.show:
        return NOBODY
    return _NOTHING


PANEL = Panel(
    "overview-leaderboard", "Creatives", "grid", "facts_daily", fill, height=620, pickable=True, sorted_by_url=True,
    row_height=104,
)  # fmt: skip
