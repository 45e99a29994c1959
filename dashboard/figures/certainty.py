"""This module owns the plot of where the ranking is sure: the objective with its interval against the target."""

from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go

from dashboard import numbers
from dashboard.figures.theme import Scheme, base, blank, label, ticks
from dashboard.scorecard import scale_of
from dashboard.words import Measure

SHOWN_MAX = 15


@dataclass(frozen=True)
class Group:
    """Creatives that stand alike to the target: what to call them and how to draw them."""

    key: str
    one: str
    many: str
    symbol: str
    mark: str


GROUPS = (
    Group("meets", "clearly meets the target", "clearly meet the target", "circle", "●"),
    Group("misses", "clearly misses it", "clearly miss it", "diamond", "◆"),
    Group("unsure", "not sure yet", "not sure yet", "circle-open", "○"),
)


def standing(low: float, high: float, aim: float, better: str) -> str:
    """`meets` or `misses` where the whole interval lies on one side of the target, else `unsure`."""
    if any(pd.isna(value) for value in (low, high, aim)):
        return "unsure"
    above, below = low > aim, high < aim
    if better == "down":
        above, below = below, above
    return "meets" if above else "misses" if below else "unsure"


def standings(frame: pd.DataFrame, early: set[str], better: str) -> pd.DataFrame:
    """The first creatives that have a value, each with its `place` and `group`; too-early ones are never sure."""
    top = frame.assign(place=range(1, len(frame) + 1)).head(SHOWN_MAX)
    top = top[top["mid"].notna()].copy()
    top["group"] = [
        "unsure" if ident in early else standing(low, high, aim, better)
        for ident, low, high, aim in zip(top["creative_id"], top["low"], top["high"], top["aim"], strict=True)
    ]
    return top


def tally(top: pd.DataFrame) -> list[tuple[Group, str]]:
    """What the plot says, in words: each group with `4 clearly meet the target`."""
    counted = top["group"].value_counts()
    numbers_ = [int(counted.get(group.key, 0)) for group in GROUPS]
    return [
        (group, f"{number} {group.one if number == 1 else group.many}")
        for group, number in zip(GROUPS, numbers_, strict=True)
    ]


def certainty_figure(top: pd.DataFrame, measure: Measure, scheme: Scheme, currency: str) -> go.Figure:
    """A dot and an interval per row of `standings`, best profit on top, and the target as a line."""
    if top.empty:
        return blank(scheme)
    figure = base(
        scheme,
        hovermode="closest",
        showlegend=False,
    )
    colours = {"meets": scheme.good, "misses": scheme.bad, "unsure": scheme.muted}
    for group in GROUPS:
        rows = top[top["group"] == group.key]
        if len(rows):
            figure.add_trace(_dots(rows, group, colours[group.key], measure, currency))
    _axes(figure, top, measure, currency, scheme)
    return figure


def _dots(rows: pd.DataFrame, group: Group, colour: str, measure: Measure, currency: str) -> go.Scatter:
    return go.Scatter(
        x=rows["mid"].tolist(),
        y=rows["place"].tolist(),
        name=group.one,
        mode="markers",
        marker={"symbol": group.symbol, "size": 10, "color": colour, "line": {"width": 2, "color": colour}},
        error_x={
            "type": "data",
            "symmetric": False,
            "array": (rows["high"] - rows["mid"]).fillna(0).tolist(),
            "arrayminus": (rows["mid"] - rows["low"]).fillna(0).tolist(),
            "color": colour,
            "thickness": 2,
            "width": 0,
        },
        customdata=[
            [
                label(str(row["creative_text"]), 80),
                numbers.in_unit(row["mid"], measure.unit, currency),
                numbers.interval(row["low"], row["high"], measure.unit, currency) or "no interval",
            ]
            for row in rows.to_dict("records")
        ],
        hovertemplate="%{customdata[0]}<br>%{customdata[1]} [%{customdata[2]}]<extra></extra>",
    )


def _axes(figure: go.Figure, top: pd.DataFrame, measure: Measure, currency: str, scheme: Scheme) -> None:
    scale = scale_of(top)
    pad = (scale.high - scale.low) * 0.03
    ends = [min([scale.low, *(top["mid"] - pad)]), max([scale.high, *(top["mid"] + pad)])]
    largest = max((abs(end) for end in ends), default=0.0)
    figure.update_xaxes(range=ends, nticks=4, tickangle=0, **ticks(measure.unit, currency, largest))
    figure.update_yaxes(
        range=[max(top["place"].max(), 3) + 0.6, 0.4],
        tickvals=top["place"].tolist(),
        ticktext=[
            f"{label(str(text), 27)}  {place}" for text, place in zip(top["creative_text"], top["place"], strict=True)
        ],
        tickfont={"color": scheme.text},
        showgrid=False,
    )
    aims = set(top["aim"].dropna())
    if len(aims) == 1:
        aim = float(aims.pop())
        figure.add_vline(x=aim, line={"color": scheme.text, "width": 1.5, "dash": "dash"})
        figure.add_annotation(
            x=aim, y=1, yref="paper", yanchor="bottom", xanchor="center", showarrow=False,
            text=f"target {numbers.in_unit(aim, measure.unit, currency)}", font={"size": 11, "color": scheme.muted},
        )  # fmt: skip
