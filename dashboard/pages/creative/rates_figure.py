"""This module owns the drawing of a rate over time: a line, a band of intervals, the target, projections, hatching."""

from dataclasses import dataclass
from datetime import date

import pandas as pd
import plotly.graph_objects as go

from dashboard import numbers
from dashboard.figures.maturing import hatch
from dashboard.figures.theme import Scheme, base, blank, ticks
from dashboard.spans import Span
from dashboard.words import Measure


@dataclass(frozen=True)
class Drawing:
    """What is drawn beside the days themselves: the measure, the days, the currency, a target or none."""

    measure: Measure
    span: Span
    currency: str
    target: float | None
    maturing_from: date


def rates_figure(rated: pd.DataFrame, drawing: Drawing, scheme: Scheme) -> go.Figure:
    """The figure of `rates.rated_days`; blank where no day has a value."""
    known = rated[rated["value"].notna()]
    if known.empty:
        return blank(scheme)
    figure = base(scheme, hovermode="x unified", showlegend=False)
    for run in runs(rated["low"].notna() & rated["high"].notna()):
        figure.add_trace(_band(rated.iloc[run], scheme))
    if rated["single"].notna().any():
        figure.add_trace(_dots(rated, scheme))
    figure.add_trace(_line(rated, drawing, scheme))
    later = rated[rated["projected"].notna()]
    if len(later):
        figure.add_trace(_projected(later, drawing, scheme))
    _axes(figure, rated, drawing, scheme)
    return hatch(figure, max(drawing.maturing_from, drawing.span.first), drawing.span.last, scheme)


def runs(told: pd.Series) -> list[slice]:
    """The stretches of consecutive true values."""
    found: list[slice] = []
    begun: int | None = None
    for place, here in enumerate([*told.tolist(), False]):
        if here and begun is None:
            begun = place
        elif not here and begun is not None:
            found.append(slice(begun, place))
            begun = None
    return found


def bounds(rated: pd.DataFrame, target: float | None) -> tuple[float, float]:
    """Ends of the axis: all values and the middle nine tenths of the limits, so that one thin day flattens nothing."""
    limits = pd.concat([rated["low"].dropna(), rated["high"].dropna()])
    ends = [*rated["value"].dropna(), *rated["projected"].dropna(), *([] if target is None else [target])]
    if len(limits):
        ends += [float(limits.quantile(0.05)), float(limits.quantile(0.85))]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    pad = (high - low) * 0.06 or 1.0
    return (low - pad if low < 0 else 0.0), high + pad


def _band(run: pd.DataFrame, scheme: Scheme) -> go.Scatter:
    days = [day.date().isoformat() for day in run["day"]]
    return go.Scatter(
        x=days + days[::-1],
        y=run["high"].tolist() + run["low"].tolist()[::-1],
        fill="toself",
        fillcolor=_faint(scheme.lines[0]),
        mode="lines" if len(days) == 1 else "none",  # one day alone has no area: a stroke
        line={"color": scheme.lines[0], "width": 2},
        hoverinfo="skip",
    )


def _line(rated: pd.DataFrame, drawing: Drawing, scheme: Scheme) -> go.Scatter:
    unit, currency = drawing.measure.unit, drawing.currency
    words = [
        f"{numbers.in_unit(row['value'], unit, currency)}"
        f" [{numbers.interval(row['low'], row['high'], unit, currency) or 'no interval'}],"
        f" {numbers.count(row['of'])} clicks"
        for row in rated.to_dict("records")
    ]
    return go.Scatter(
        x=[day.date().isoformat() for day in rated["day"]],
        y=[None if pd.isna(value) else float(value) for value in rated["value"]],
        customdata=words,
        hovertemplate="%{customdata}<extra></extra>",
        mode="lines+markers",
        line={"color": scheme.lines[0], "width": 2.25},
        marker={"size": 7, "color": scheme.lines[0]},
    )


def _dots(rated: pd.DataFrame, scheme: Scheme) -> go.Scatter:
    return go.Scatter(
        x=[day.date().isoformat() for day in rated["day"]],
        y=[None if pd.isna(value) else float(value) for value in rated["single"]],
        mode="markers",
        marker={"size": 4, "color": scheme.muted, "opacity": 0.7},
        hoverinfo="skip",
    )


def _projected(later: pd.DataFrame, drawing: Drawing, scheme: Scheme) -> go.Scatter:
    unit, currency = drawing.measure.unit, drawing.currency
    return go.Scatter(
        x=[day.date().isoformat() for day in later["day"]],
        y=later["projected"].tolist(),
        customdata=[f"projected {numbers.in_unit(value, unit, currency)}" for value in later["projected"]],
        hovertemplate="%{customdata}<extra></extra>",
        mode="markers",
        marker={"symbol": "diamond-open", "size": 10, "color": scheme.text, "line": {"width": 2}},
    )


def _axes(figure: go.Figure, rated: pd.DataFrame, drawing: Drawing, scheme: Scheme) -> None:
    low, high = bounds(rated, drawing.target)
    figure.update_yaxes(range=[low, high], **ticks(drawing.measure.unit, drawing.currency, max(abs(low), abs(high))))
    figure.update_xaxes(
        showgrid=False, tickformat="%-d %b", nticks=8, tickangle=0,
        range=[f"{drawing.span.first - pd.Timedelta(days=1)} 12:00", f"{drawing.span.last} 12:00"],
    )  # fmt: skip
    if low < 0:
        figure.add_hline(y=0, line={"color": scheme.muted, "width": 1})
    if drawing.target is not None:
        figure.add_hline(y=drawing.target, line={"color": scheme.text, "width": 1.5, "dash": "dash"})
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=drawing.target, yanchor="bottom", showarrow=False,
            text=f"target {numbers.in_unit(drawing.target, drawing.measure.unit, drawing.currency)}",
            font={"size": 11, "color": scheme.muted},
        )  # fmt: skip


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, 0.18)"
