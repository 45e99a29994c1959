"""This module owns the drawing of a fall: the days, the change with the days it could be, two levels."""

from dataclasses import dataclass
from datetime import date

import pandas as pd
import plotly.graph_objects as go

from dashboard import numbers
from dashboard.figures.theme import Scheme, base, blank, ticks


@dataclass(frozen=True)
class Fall:
    """What the mart says of one series: the day of the change, plausible days, levels, and if it counts."""

    title: str
    unit: str
    since: date | None
    since_low: date | None
    since_high: date | None
    before: float | None
    after: float | None
    is_sure: bool


def fatigue_figure(days: pd.DataFrame, fall: Fall, scheme: Scheme, currency: str) -> go.Figure:
    """The figure of `fatigue.series`; the change is drawn only where the fall stands out."""
    if days.empty:
        return blank(scheme)
    figure = base(scheme, hovermode="x unified", showlegend=False)
    figure.add_trace(
        go.Scatter(
            x=[_iso(day) for day in days["day"]], y=days["value"].tolist(), mode="lines+markers",
            line={"color": scheme.lines[0], "width": 2}, marker={"size": 6, "color": scheme.lines[0]},
            customdata=[numbers.in_unit(value, fall.unit, currency) for value in days["value"]],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )  # fmt: skip
    if fall.is_sure and fall.since is not None:
        _change(figure, fall, _iso(days["day"].iloc[-1]), scheme, currency)
    figure.update_yaxes(rangemode="tozero", **ticks(fall.unit, currency, float(days["value"].abs().max())))
    figure.update_xaxes(showgrid=False, tickformat="%-d %b", nticks=8, tickangle=0)
    return figure


def _change(figure: go.Figure, fall: Fall, last: str, scheme: Scheme, currency: str) -> None:
    since = _iso(fall.since)
    if fall.since_low and fall.since_high:
        figure.add_vrect(x0=_iso(fall.since_low), x1=_iso(fall.since_high), fillcolor=scheme.band, line_width=0,
                         layer="below")  # fmt: skip
    figure.add_vline(x=since, line={"color": scheme.bad, "width": 1.5, "dash": "dot"})
    figure.add_annotation(
        x=since, y=1, yref="paper", yanchor="bottom", showarrow=False, font={"size": 11, "color": scheme.text},
        text=f"changed about {fall.since:%-d %b}",
    )  # fmt: skip
    for level, words, dash, colour in (
        (fall.before, "as its baseline went on", "dash", scheme.muted),
        (fall.after, "since the change", "solid", scheme.bad),
    ):  # fmt: skip
        if level is None:
            continue
        figure.add_trace(
            go.Scatter(x=[since, last], y=[level, level], mode="lines", hoverinfo="skip",
                       line={"color": colour, "width": 2, "dash": dash})
        )  # fmt: skip
        figure.add_annotation(
            x=last, y=level, xanchor="right", yanchor="bottom", showarrow=False,
            font={"size": 11, "color": scheme.text}, text=f"{words}: {numbers.in_unit(level, fall.unit, currency)}",
        )  # fmt: skip


def _iso(day: object) -> str:
    return pd.Timestamp(day).date().isoformat()  # type: ignore[arg-type] # a day of a frame or of a mart
