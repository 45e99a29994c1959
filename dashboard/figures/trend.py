"""This module owns the trend: one line a day for each picked creative, days still maturing marked."""

from collections.abc import Sequence
from datetime import date, timedelta

import pandas as pd
import plotly.graph_objects as go

from dashboard import numbers
from dashboard.figures.theme import DASHES, SHAPES, Scheme, base, blank, label, ticks
from dashboard.marts import Span
from dashboard.words import Measure


def by_day(frame: pd.DataFrame, creative_id: str, measure: Measure, span: Span) -> pd.Series:
    """A creative's measure per day of the span: NaN before its first day and where nothing divides."""
    own = frame[frame["creative_id"] == creative_id]
    index = pd.date_range(span.first, span.last)
    own = own.set_index(pd.DatetimeIndex(pd.to_datetime(own["day"])))[["cost", "revenue", "clicks"]]
    begun = own.index.min()
    own = own.reindex(index, fill_value=0).astype(float)
    own["profit"] = own["revenue"] - own["cost"]
    values = own[measure.top]
    if measure.bottom is not None:
        values = values / own[measure.bottom].where(own[measure.bottom] != 0)
    return values.where(values.index >= begun)


def trend_figure(
    frame: pd.DataFrame,
    picked: Sequence[tuple[str, str]],
    measure: Measure,
    span: Span,
    maturing_from: date,
    scheme: Scheme,
    currency: str,
) -> go.Figure:
    """Lines of `measure` for the picked (id, text) pairs over `span`; `frame` is a row per day and creative."""
    if not picked:
        return blank(scheme)
    figure = base(scheme, hovermode="x unified", showlegend=False)
    figure.update_xaxes(showgrid=False, tickformat="%-d %b", nticks=6, tickangle=0)
    largest = 0.0
    for place, (creative_id, text) in enumerate(picked):
        values = by_day(frame, creative_id, measure, span)
        largest = max(largest, float(values.abs().max()) if values.notna().any() else 0.0)
        figure.add_trace(_line(values, text, place, measure, scheme, currency))
    figure.update_yaxes(**ticks(measure.unit, currency, largest))
    if measure.key == "profit":
        figure.add_hline(y=0, line={"color": scheme.muted, "width": 1})
    if maturing_from <= span.last:
        _band(figure, max(maturing_from, span.first), span.last, scheme)
    figure.update_xaxes(range=[_moment(span.first, -12), _moment(span.last, 12)])
    return figure


def _line(values: pd.Series, text: str, place: int, measure: Measure, scheme: Scheme, currency: str) -> go.Scatter:
    colour = scheme.lines[place % len(scheme.lines)]
    known = [None if pd.isna(value) else float(value) for value in values]
    return go.Scatter(
        x=[day.date().isoformat() for day in values.index],
        y=known,
        name=label(text, 40),
        customdata=[numbers.in_unit(value, measure.unit, currency) for value in known],
        hovertemplate="%{customdata}",
        mode="lines+markers",
        line={"color": colour, "width": 2.25, "dash": DASHES[place % len(DASHES)]},
        marker={"symbol": SHAPES[place % len(SHAPES)], "size": 7, "color": colour},
    )


def _band(figure: go.Figure, first: date, last: date, scheme: Scheme) -> None:
    figure.add_vrect(
        x0=_moment(first, -12),
        x1=_moment(last, 12),
        fillcolor=scheme.band,
        line_width=0,
        layer="below",
        annotation={
            "text": "still maturing",
            "font": {"size": 11, "color": scheme.muted},
            "yanchor": "bottom",
            "y": 1,
            "yref": "paper",
        },
        annotation_position="top right",
    )


def _moment(day: date, hours: int) -> str:
    moment = pd.Timestamp(day) + timedelta(hours=hours)
    return moment.strftime("%Y-%m-%d %H:%M")
