"""This module owns the leaderboard: every creative with what it earned, how sure that is, and what to do about it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pandas as pd

from dashboard.look import Look
from dashboard.maturity import mature_part, mature_words
from dashboard.pages.overview import believed, sums
from dashboard.pages.overview.leaderboard_first import first
from dashboard.pages.overview.leaderboard_rows import Board, rows
from dashboard.pages.overview.scale import scale_of
from dashboard.pages.overview.verdicts import judged_in
from dashboard.pages.overview.window import cut_by, judged, window_of
from dashboard.panels.first import ROWS_MAX, left_out
from dashboard.panels.panel import CREATIVE_ID, Column, Panel, Rows
from dashboard.spans import Span
from dashboard.state import links
from dashboard.words import MEASURES, Measure, kind_words

LINE_DAYS = (14, 28)  # a row's small line has at least, and at most, as many days
_BELIEVED = ["creative_id", "mid", "low", "high", "aim"]
NOBODY = "No creative stands under this word in these days. Choose another above, or show all."
_NOTHING = "No creative has anything in these days with these filters. Widen the period, or clear a filter."


def fill(look: Look, most: int | None = ROWS_MAX) -> Rows:
    """The first rows of the period under the filters (None: all); verdicts where there are any for them."""
    board = board_of(look)
    shown = [measure for measure in columns_of(look) if measure.key != board.objective.key]
    measures = {measure.key: sums.values(measure, board.sums) for measure in shown}
    measures["clicks"] = board.sums["clicks"].astype(float)
    figures = board.believed if board.cells is None else board.cells
    found = first(board, measures, look.state.sort, most)
    drawn = series(look, tuple(found.board.sums["creative_id"]))
    board = replace(found.board, series=drawn, running=look.period.last >= look.fresh.today)
    made = rows(board, scale_of(figures), found.measures)
    address = links("/creative", look.state)
    for row in made:
        row["href"] = address(str(row["id"]))
    return Rows(columns(board, shown), made, note(look, board, found.all), _empty(look))


def board_of(look: Look, ranked: bool = True) -> Board:
    """What the rows are made of, but for their small lines; not `ranked`: the verdicts alone, without sums."""
    found = sums.per_creative(look, look.period) if ranked else pd.DataFrame()
    cells = judged_in(look, window_of(look) or 0) if judged(look) else None
    objective = MEASURES.get(look.fresh.objective, MEASURES["roas"])
    seen = _believed(look, objective) if cells is None else pd.DataFrame(columns=_BELIEVED, dtype=float)
    show = "" if cells is None else look.state.show
    return Board(found, {}, cells, seen, objective, look.fresh.currency, show)


def _believed(look: Look, objective: Measure) -> pd.DataFrame:
    mature = mature_part(look, look.period)
    if mature is None:
        return pd.DataFrame(columns=_BELIEVED, dtype=float)
    cohorts = sums.cohorts(look, mature, "creative_id")
    return believed.of_sums(sums.per_creative(look, mature), cohorts, objective.key, look.fresh.target)


def series(look: Look, ids: tuple[str, ...]) -> dict[str, list[float | None]]:
    """Profit per day of these creatives, each from its first day in these days on; a day without anything is 0."""
    least, most = LINE_DAYS
    longer = look.period.at_least(least)
    span = Span(max(longer.first, longer.last - timedelta(days=most - 1)), longer.last, longer.oldest)
    days = sums.daily_per_creative(look, span, ids)
    places = (pd.to_datetime(days["day"]) - pd.Timestamp(span.first)).dt.days.tolist()
    found: dict[str, list[float | None]] = {}
    for ident, place, profit in zip(
        days["creative_id"].tolist(), places, days["profit"].fillna(0.0).tolist(), strict=True
    ):
        # The days come in order: before the first there is nothing, after it a day without anything is 0.
        line = found.setdefault(str(ident), [None] * place + [0.0] * (span.days - place))
        line[place] = profit
    return found


def columns_of(look: Look) -> list[Measure]:
    """The rates of the kind whose steps somebody reports."""
    return sums.told(kind_words(look.fresh.kind).columns, sums.reported(look))


def columns(board: Board, shown: Sequence[Measure]) -> list[Column]:
    """The columns: who, what to do and why, its days, how sure, the money, the rates."""
    goal, careful = board.objective, "At most" if board.objective.better == "down" else "At least"
    tip = f"{goal.title} with its 95 % interval, on clicks of mature days. The tick is the target."
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
    many += left_out(len(board.sums), found)
    if board.cells is not None:
        words = mature_words(look, look.period)
        return f"{many}Intervals are what the verdict believes, wider the more days differ. {words}"
    why = ", ".join(f"the {name}" for name in cut_by(look)) or "these days"
    return (
        f"{many}Filtered: no verdict on {why}. Intervals are of these clicks alone. {mature_words(look, look.period)}"
    )


def _empty(look: Look) -> str:
    if look.state.show:
        return NOBODY
    return _NOTHING


PANEL = Panel(
    "overview-leaderboard", "Creatives", "grid", "facts_daily", fill, height=620, pickable=True, sorted_by_url=True,
    unmoved=True, row_height=104, whole=lambda look: fill(look, None),
)  # fmt: skip
