"""This module owns the plot of where the ranking is sure: what each verdict believes, against the target."""

from collections.abc import Hashable, Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from dashboard import numbers
from dashboard.components.aria import aria
from dashboard.figures.theme import Scheme, annotate, base, blank, label, ticks
from dashboard.look import Look
from dashboard.pages.overview.leaderboard import board_of
from dashboard.pages.overview.leaderboard_rows import Board
from dashboard.pages.overview.scale import scale_of
from dashboard.pages.overview.verdicts import scope
from dashboard.pages.overview.window import judged
from dashboard.panels.panel import Drawn, Panel
from dashboard.words import VERDICTS, Measure

SHOWN_MAX = 14  # rows of a text and a line each: more would not fit
# One shape each, the same as the chip's mark. What nothing can be attributed to is not drawn.
SYMBOLS = {
    "winner": "triangle-up",
    "promising": "triangle-up-open",
    "average": "square-open",
    "fatigued": "circle-x-open",
    "needs_work": "diamond-open",
    "cut": "triangle-down",
    "too_early": "circle-open",
}
_CLEAREST = ("winner", "cut", "promising", "needs_work", "fatigued", "average", "too_early")
_UNJUDGED = ("circle-open", "○", "Filtered: no verdict")


def fill(look: Look) -> Drawn:
    """The verdicts that say something, the best word first; without verdicts, the first creatives of the ranking."""
    board = board_of(look, ranked=not judged(look))
    if board.cells is None:
        shown, left = unjudged(board), ""
    else:
        shown = standing(board.cells, board.objective)
        left = unsaid(board.cells, len(shown))
    figure = certainty_figure(shown, board.objective, look.scheme, board.currency)
    return Drawn(figure, [*legend(shown), *([html.Span(left)] if left else [])], as_table(shown, board.objective))


def standing(cells: pd.DataFrame, objective: Measure) -> pd.DataFrame:
    """The verdicts with a word and a number, best word first, then the best number; `scope` where a text stands twice.

    Where there are more than can be drawn, those with the clearest words, then those with the largest spend.
    """
    said = cells[cells["verdict"].isin(list(SYMBOLS)) & cells["mid"].notna()]
    clear = said["verdict"].map({verdict: place for place, verdict in enumerate(_CLEAREST)})
    said = said.assign(clear=clear).sort_values("clear", kind="stable").head(SHOWN_MAX)
    order = said["verdict"].map({verdict: place for place, verdict in enumerate(VERDICTS)})
    better = -said["mid"] if objective.better == "up" else said["mid"]
    said = said.assign(order=order, better=better).sort_values(["order", "better", "creative_id"])
    twice = said["creative_id"].duplicated(keep=False)
    scopes = [scope(row) if many else "" for row, many in zip(said.to_dict("records"), twice, strict=True)]
    return said.assign(name=said["creative_text"], scope=scopes)


def unjudged(board: Board) -> pd.DataFrame:
    """The first creatives of the ranking whose number is known, without a word."""
    shown = board.sums[["creative_id", "creative_text"]].merge(board.believed, on="creative_id")  # keeps the ranking
    shown = shown[shown["mid"].notna()].head(SHOWN_MAX)
    return shown.assign(verdict="", at_odds="", scope="").rename(columns={"creative_text": "name"})


def unsaid(cells: pd.DataFrame, shown: int) -> str:
    """What is not in the plot, in words."""
    counted = cells["verdict"].value_counts()
    nobodys = int(counted.get("unattributable", 0))
    more = len(cells) - nobodys - shown
    parts = [f"{more:,} with a less clear word, a smaller spend or no number"] if more > 0 else []
    parts += [f"{nobodys:,} unattributable"] if nobodys else []
    return f"Not drawn: {', '.join(parts)}." if parts else ""


def legend(shown: pd.DataFrame) -> Sequence[Component]:
    """The message and the legend in one: a mark, a number, a word. What contradicts at first sight is explained."""
    counted = shown["verdict"].value_counts()
    parts: list[Component] = [
        html.Span([html.Span(VERDICTS[key][1], className=f"mark mark-{key}", **aria(hidden="true")),
                   f"{VERDICTS[key][0]}: {int(counted[key])}"])
        for key in SYMBOLS if counted.get(key, 0)
    ]  # fmt: skip
    if counted.get("", 0):
        parts.append(html.Span([html.Span(_UNJUDGED[1], className="mark", **aria(hidden="true")), _UNJUDGED[2]]))
    odd = int(shown["at_odds"].ne("").sum())
    if odd:
        parts.append(html.Span(f"{odd} of them {'earns' if odd == 1 else 'earn'} enough so far in a campaign that loses"
                               ", so little of it is believed (†)."))  # fmt: skip
    return parts or [html.Span("No verdict has a word and a number here yet.")]


def certainty_figure(shown: pd.DataFrame, measure: Measure, scheme: Scheme, currency: str) -> go.Figure:
    """A mark and an interval per row of `shown`: `name`, `scope`, `verdict`, `mid`, `low`, `high`, `aim`, `at_odds`."""
    if shown.empty:
        return blank(scheme)
    figure = base(scheme, hovermode="closest", showlegend=False)
    placed = shown.assign(place=range(1, len(shown) + 1))
    for verdict, rows in placed.groupby("verdict", sort=False):
        figure.add_trace(_marks(rows, str(verdict), measure, scheme, currency))
    _axes(figure, placed, measure, scheme, currency)
    return figure


def colour(verdict: str, scheme: Scheme) -> str:
    """Blue where it is good, orange where it is to be cut, grey between; the shape says the same."""
    return {"winner": scheme.good, "promising": scheme.good, "cut": scheme.bad}.get(verdict, scheme.muted)


def _marks(rows: pd.DataFrame, verdict: str, measure: Measure, scheme: Scheme, currency: str) -> go.Scatter:
    ink = colour(verdict, scheme)
    word = VERDICTS[verdict][0] if verdict in VERDICTS else _UNJUDGED[2]
    return go.Scatter(
        x=rows["mid"].tolist(),
        y=rows["place"].tolist(),
        name=word,
        mode="markers",
        marker={
            "symbol": SYMBOLS.get(verdict, _UNJUDGED[0]),
            "size": 10,
            "color": ink,
            "line": {"width": 2, "color": ink},
        },
        error_x={
            "type": "data",
            "symmetric": False,
            "array": (rows["high"] - rows["mid"]).fillna(0).tolist(),
            "arrayminus": (rows["mid"] - rows["low"]).fillna(0).tolist(),
            "color": ink,
            "thickness": 2,
            "width": 0,
        },
        customdata=[
            [
                label(str(row["name"]), 80),
                word,
                numbers.in_unit(row["mid"], measure.unit, currency),
                numbers.interval(row["low"], row["high"], measure.unit, currency) or "no interval",
                f"<br>{row['at_odds']}" if row["at_odds"] else "",
            ]
            for row in rows.to_dict("records")
        ],
        hovertemplate="%{customdata[0]}<br>%{customdata[1]}: %{customdata[2]} [%{customdata[3]}]%{customdata[4]}"
        "<extra></extra>",
    )


def _axes(figure: go.Figure, placed: pd.DataFrame, measure: Measure, scheme: Scheme, currency: str) -> None:
    scale = scale_of(placed)
    pad = (scale.high - scale.low) * 0.03
    ends = [min([scale.low, *(placed["mid"] - pad)]), max([scale.high, *(placed["mid"] + pad)])]
    figure.update_xaxes(range=ends, nticks=4, tickangle=0, **ticks(measure.unit, currency, max(map(abs, ends))))
    figure.update_yaxes(
        range=[max(placed["place"].max(), 3) + 0.4, 0.2],
        visible=False,
    )
    # Each text stands over its line, so that it has the whole width, on a phone too.
    annotate(figure, [
        {"x": 0, "xref": "paper", "xanchor": "left", "y": row["place"] - 0.42, "yanchor": "middle",
         "text": f"{_named(row)}{' †' if row['at_odds'] else ''}", "font": {"size": 12, "color": scheme.text},
         "bgcolor": scheme.card, "borderpad": 1}
        for row in placed.to_dict("records")
    ])  # fmt: skip
    aims = set(placed["aim"].dropna())
    if len(aims) == 1:
        aim = float(aims.pop())
        figure.add_vline(x=aim, line={"color": scheme.text, "width": 1.5, "dash": "dash"}, layer="below")
        figure.add_annotation(
            x=aim, y=1, yref="paper", yanchor="bottom", xanchor="center", showarrow=False,
            text=f"target {numbers.in_unit(aim, measure.unit, currency)}", font={"size": 11, "color": scheme.muted},
        )  # fmt: skip


def _named(row: Mapping[Hashable, object]) -> str:
    """A text in the width of a phone; where it stands twice, with its scope."""
    if not row["scope"]:
        return label(str(row["name"]), 46)
    return f"{label(str(row['name']), 24)} {label(str(row['scope']), 28)}"


def as_table(shown: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """The plot as text."""
    return pd.DataFrame({
        "Creative": shown["name"], "Where": shown["scope"],
        "Verdict": [VERDICTS[key][0] if key in VERDICTS else _UNJUDGED[2] for key in shown["verdict"]],
        measure.title: shown["mid"], "95 % from": shown["low"], "95 % to": shown["high"], "Target": shown["aim"],
        "Note": shown["at_odds"],
    })  # fmt: skip


PANEL = Panel(
    "overview-certainty", "Where the ranking is sure", "figure", "verdicts", fill, height=600, wide=False, unmoved=True,
    about="What each verdict believes: the mark is its word, the line its 95 % interval, wider the more days differ.",
)  # fmt: skip
