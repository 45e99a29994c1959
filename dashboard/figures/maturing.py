"""This module owns how days that are still maturing look in a figure: hatched, so that nobody reads them as a fall."""

from datetime import date, timedelta

import plotly.graph_objects as go

from dashboard.figures.theme import Scheme

WORDS = "still maturing"


def hatch(figure: go.Figure, first: date, last: date, scheme: Scheme, rows: int = 1, hourly: bool = False) -> go.Figure:
    """The figure with the days `first` to `last` hatched over its whole height, and named; nothing where none are.

    Lies on an axis of its own (`yaxis9`), behind the data: layout shapes know no pattern. `rows` (at most eight) are
    those of a figure of several, one above the other; each has an axis of its own then. `hourly`: a day is
    from midnight to midnight; else it is the point at its midnight, and some space to both sides.
    """
    if first > last:
        return figure
    left, right = (day_edge(first, 0), day_edge(last, 24)) if hourly else (day_edge(first, -12), day_edge(last, 12))
    for row in range(1, rows + 1):
        own = "" if row == 1 else str(row)
        figure.add_trace(_hatched(left, right, f"x{own}", f"y{8 + row}", scheme))
        figure.layout[f"yaxis{8 + row}"] = {
            "overlaying": f"y{own}", "range": [0, 1], "visible": False, "fixedrange": True, "tickmode": "auto",
        }  # fmt: skip
    figure.add_annotation(
        x=right, y=1, yref="paper", yanchor="bottom", xanchor="right", text=WORDS, showarrow=False,
        font={"size": 11, "color": scheme.muted},
    )  # fmt: skip
    return figure


def _hatched(left: str, right: str, xaxis: str, yaxis: str, scheme: Scheme) -> go.Scatter:
    return go.Scatter(
        x=[left, right, right, left],
        y=[0, 0, 1, 1],
        xaxis=xaxis,
        yaxis=yaxis,
        mode="none",
        fill="toself",
        fillpattern={
            "shape": "/", "fgcolor": scheme.muted, "fgopacity": 0.35, "bgcolor": "rgba(0,0,0,0)", "size": 7,
            "solidity": 0.2,
        },
        hoverinfo="skip",
        showlegend=False,
    )  # fmt: skip


def day_edge(day: date, hours: int) -> str:
    """The moment so many hours before or after a day's midnight, as an axis of days takes it."""
    begun = timedelta(hours=hours)
    days, seconds = divmod(int(begun.total_seconds()), 86400)
    return f"{day + timedelta(days=days)} {seconds // 3600:02d}:00"
