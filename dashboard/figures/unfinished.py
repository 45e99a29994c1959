"""This module owns how what is not over looks in a figure: an open point that no solid line reaches, a pale bar.

The day (or hour) that runs has only a part of its clicks and money: joined to the others it would draw a fall that is
none, at the end of every trend.
"""

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

OVER = "over"  # the `meta` of a trace that has ended wherever its points are drawn, such as an earlier period
PALE = 0.4
_POINT = "not over"


def opened(figure: go.Figure, running: str) -> go.Figure:
    """The figure with the point at `running` open in every line over time, and pale in every bar.

    `running` is the x of the day or hour that is not over, as the traces spell it; without such a point nothing
    changes. A dotted line joins the open point to the last that is over.
    """
    traces = [part for trace in figure.data for part in _parts(trace, running)]
    figure.data = ()
    figure.add_traces(traces)
    return figure


def words(hourly: bool = False, bars: bool = False) -> str:
    """What the caption says of it; `bars`: beside lines, or instead of them, there are bars."""
    return f"{'This hour' if hourly else 'Today'} is not over: its {'bar is pale' if bars else 'point is open'}."


def _parts(trace: Any, running: str) -> Sequence[Any]:
    if trace.meta == OVER or trace.x is None or running not in list(trace.x):
        return [trace]
    place = list(trace.x).index(running)
    if isinstance(trace, go.Bar):
        trace.marker.opacity = [PALE if each == running else 1.0 for each in trace.x]
        return [trace]
    if not isinstance(trace, go.Scatter) or "lines" not in (trace.mode or "") or trace.hoverinfo == "skip":
        return [trace]
    return _split(trace, place)


def _split(trace: go.Scatter, place: int) -> Sequence[go.Scatter]:
    """The line without the point, the dotted way to it, and the open point, which is hovered as the line is."""
    x, y = list(trace.x), list(trace.y)
    last = next((at for at in range(place - 1, -1, -1) if _known(y[at])), None)
    if not _known(y[place]) or any(_known(value) for value in y[place + 1 :]):
        return [trace]
    colour = trace.line.color
    shared = {"xaxis": trace.xaxis, "yaxis": trace.yaxis, "legendgroup": trace.legendgroup, "showlegend": False}
    point = go.Scatter(
        x=[x[place]], y=[y[place]], mode="markers", name=trace.name, meta=_POINT, hovertemplate=trace.hovertemplate,
        customdata=None if trace.customdata is None else [list(trace.customdata)[place]],
        marker={"symbol": f"{trace.marker.symbol or 'circle'}-open", "size": 9, "color": colour, "line": {"width": 2}},
        **shared,
    )  # fmt: skip
    trace.y = [None if at == place else value for at, value in enumerate(y)]
    if last is None:
        return [trace, point]
    way = go.Scatter(
        x=[x[last], x[place]], y=[y[last], y[place]], mode="lines", name=trace.name, hoverinfo="skip",
        line={"color": colour, "width": 1.5, "dash": "dot"}, opacity=0.8, **shared,
    )  # fmt: skip
    return [trace, way, point]


def _known(value: float | None) -> bool:
    return value is not None and not math.isnan(value)
