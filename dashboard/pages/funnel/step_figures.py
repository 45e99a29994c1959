"""This module owns the drawings of the funnel's steps: one bar a step, and each rate day by day."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard import numbers
from dashboard.figures.maturing import day_edge, hatch
from dashboard.figures.theme import Scheme, base, blank, stacked
from dashboard.spans import Span


def steps_figure(steps: pd.DataFrame, scheme: Scheme) -> go.Figure:
    """A bar per step of `steps.table`, the first on top; the pale part behind is who did not come on."""
    if steps.empty or not steps["sessions"].iloc[0]:
        return blank(scheme)
    titles = [f"{row['title']}<br>{numbers.count(row['sessions'])}" for row in steps.to_dict("records")]
    figure = base(scheme, barmode="overlay", showlegend=False, bargap=0.34)
    before = steps["sessions"].shift(1).fillna(steps["sessions"])
    hidden: dict[str, Any] = {"orientation": "h", "hoverinfo": "skip"}
    figure.add_trace(go.Bar(x=before.tolist(), y=titles, marker={"color": scheme.band}, **hidden))
    figure.add_trace(
        go.Bar(
            x=steps["sessions"].tolist(),
            y=titles,
            orientation="h",
            marker={"color": scheme.lines[0]},
            customdata=[_hover(row) for row in steps.to_dict("records")],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    top = float(steps["sessions"].max())
    for row, title, end in zip(steps.to_dict("records"), titles, before, strict=True):
        if numbers.known(row["rate"]):
            figure.add_annotation(
                x=end, y=title, xanchor="left", xshift=8, showarrow=False, text=numbers.percent(row["rate"]),
                font={"size": 13, "color": scheme.text},
            )  # fmt: skip
    figure.update_xaxes(visible=False, range=[0, top * 1.26])
    figure.update_yaxes(autorange="reversed", showgrid=False, tickfont={"color": scheme.text})
    return figure


def _hover(row: dict[Any, Any]) -> str:
    if not numbers.known(row["rate"]):
        return f"{numbers.count(row['sessions'])} {row['title'].lower()}"
    limits = numbers.interval(row["low"], row["high"], "share", "")
    return (
        f"{row['rate_name']} {numbers.percent(row['rate'])} [{limits}]<br>"
        f"{numbers.count(row['sessions'])} came on, {numbers.count(row['lost'])} did not"
    )


def rates_figure(rates: Sequence[tuple[str, pd.DataFrame]], span: Span, maturing: date, scheme: Scheme) -> go.Figure:
    """A line per (name, `steps.per_day`), each on its own axis with its interval; days from `maturing` on hatched."""
    drawn = [(name, frame) for name, frame in rates if frame["value"].notna().any()]
    if not drawn:
        return blank(scheme)
    spacing = 0.36 / (1 + 2 * len(drawn))
    figure = stacked(scheme, len(drawn), spacing, hovermode="x unified", showlegend=False)
    for place, (name, frame) in enumerate(drawn, start=1):
        colour = scheme.lines[(place - 1) % len(scheme.lines)]
        for trace in _band_and_line(name, frame, colour):
            figure.add_trace(trace, row=place, col=1)
        axis = "y domain" if place == 1 else f"y{place} domain"
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=1, yref=axis, yanchor="bottom", showarrow=False, text=name,
            font={"color": scheme.text, "size": 13},
        )  # fmt: skip
    look = {"gridcolor": scheme.grid, "zeroline": False, "linecolor": scheme.grid, "fixedrange": True}
    figure.update_yaxes(tickformat=".1~%", nticks=4, automargin=True, **look)
    ends = [day_edge(span.first, -12), day_edge(span.last, 12)]
    figure.update_xaxes(showgrid=False, tickformat="%-d %b", nticks=6, automargin=True, range=ends, **look)
    return hatch(figure, max(maturing, span.first), span.last, scheme, rows=len(drawn))


def _band_and_line(name: str, frame: pd.DataFrame, colour: str) -> list[go.Scatter]:
    known = frame[frame["value"].notna()]
    days = [pd.Timestamp(day).date().isoformat() for day in known["day"]]
    quiet: dict[str, Any] = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    fill = {"fill": "tonexty", "fillcolor": pale(colour)}
    told = [
        f"{numbers.percent(row['value'])} [{numbers.interval(row['low'], row['high'], 'share', '')}]"
        f" of {numbers.count(row['n'])}"
        for row in known.to_dict("records")
    ]
    return [
        go.Scatter(x=days, y=known["low"].tolist(), **quiet),
        go.Scatter(x=days, y=known["high"].tolist(), **quiet, **fill),
        go.Scatter(
            x=days, y=known["value"].tolist(), name=name, mode="lines+markers", customdata=told,
            hovertemplate="%{customdata}", line={"color": colour, "width": 2.25}, marker={"size": 6, "color": colour},
        ),
    ]  # fmt: skip


def pale(colour: str) -> str:
    """The same colour, thin enough to stand behind its line."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, 0.16)"
