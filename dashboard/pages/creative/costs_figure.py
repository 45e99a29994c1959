"""This module owns the drawing of money per day: cost direct and allocated as stacked bars, revenue as a line."""

from datetime import date

import pandas as pd
import plotly.graph_objects as go

from dashboard import numbers
from dashboard.figures.maturing import hatch
from dashboard.figures.theme import Scheme, base, blank, ticks
from dashboard.spans import Span

_LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"}


def costs_figure(days: pd.DataFrame, span: Span, maturing: date, scheme: Scheme, currency: str) -> go.Figure:
    """Bars and a line over `days` (`costs.daily`); blank where no money moved."""
    if not days[["cost_direct", "cost_allocated", "revenue"]].to_numpy().any():
        return blank(scheme)
    figure = base(scheme, hovermode="x unified", barmode="stack", bargap=0.3, legend=_LEGEND)
    figure.add_trace(_bars(days, "cost_direct", "Spend, direct", scheme, currency))
    if days["cost_allocated"].any():
        figure.add_trace(_bars(days, "cost_allocated", "Spend, allocated", scheme, currency))
    figure.add_trace(
        go.Scatter(
            x=_days(days), y=days["revenue"].tolist(), name="Revenue", mode="lines+markers",
            line={"color": scheme.lines[0], "width": 2.25}, marker={"size": 7, "color": scheme.lines[0]},
            customdata=_written(days["revenue"], currency), hovertemplate="%{customdata}",
        )
    )  # fmt: skip
    largest = float(max(days["revenue"].abs().max(), (days["cost_direct"] + days["cost_allocated"]).abs().max()))
    figure.update_yaxes(**ticks("money", currency, largest))
    figure.update_xaxes(showgrid=False, tickformat="%-d %b", nticks=8, tickangle=0)
    return hatch(figure, max(maturing, span.first), span.last, scheme)


def _bars(days: pd.DataFrame, name: str, title: str, scheme: Scheme, currency: str) -> go.Bar:
    pattern = {"shape": "x", "fgcolor": scheme.card, "size": 6, "solidity": 0.35} if name == "cost_allocated" else {}
    return go.Bar(
        x=_days(days), y=days[name].tolist(), name=title,
        marker={"color": scheme.muted, "pattern": pattern, "line": {"color": scheme.muted, "width": 1}},
        customdata=_written(days[name], currency), hovertemplate="%{customdata}",
    )  # fmt: skip


def _days(days: pd.DataFrame) -> list[str]:
    return [day.date().isoformat() for day in days["day"]]


def _written(values: pd.Series, currency: str) -> list[str]:
    return [numbers.money(value, currency, 2) for value in values]
