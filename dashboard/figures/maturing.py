"""This module owns how days that are still maturing look in a figure: hatched, so that nobody reads them as a fall."""

from datetime import date, timedelta

import plotly.graph_objects as go

from dashboard.figures.theme import Scheme

WORDS = "still maturing"


def hatch(figure: go.Figure, first: date, last: date, scheme: Scheme) -> go.Figure:
    """The figure with the days `first` to `last` hatched over its whole height, and named; nothing where none are.

    Lies on an axis of its own (`yaxis9`), behind the data: layout shapes know no pattern.
    """
    if first > last:
        return figure
    left, right = _moment(first, -12), _moment(last, 12)
    figure.add_trace(
        go.Scatter(
            x=[left, right, right, left],
            y=[0, 0, 1, 1],
            yaxis="y9",
            mode="none",
            fill="toself",
            fillpattern={
                "shape": "/", "fgcolor": scheme.muted, "fgopacity": 0.35, "bgcolor": "rgba(0,0,0,0)", "size": 7,
                "solidity": 0.2,
            },
            hoverinfo="skip",
            showlegend=False,
        )
    )  # fmt: skip
    figure.update_layout(
        yaxis9={"overlaying": "y", "range": [0, 1], "visible": False, "fixedrange": True, "tickmode": "auto"}
    )
    figure.add_annotation(
        x=right, y=1, yref="paper", yanchor="bottom", xanchor="right", text=WORDS, showarrow=False,
        font={"size": 11, "color": scheme.muted},
    )  # fmt: skip
    return figure


def maturing_from(today: date, maturity_days: int) -> date:
    """The first day whose money can still change."""
    return today - timedelta(days=max(maturity_days, 1) - 1)


def _moment(day: date, hours: int) -> str:
    begun = timedelta(hours=hours)
    days, seconds = divmod(int(begun.total_seconds()), 86400)
    return f"{day + timedelta(days=days)} {seconds // 3600:02d}:00"
