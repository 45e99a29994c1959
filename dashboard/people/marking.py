"""This module owns how annotations look: numbered marks on a figure over time, and the same as a list of text."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from dashboard.figures.theme import Scheme, label
from dashboard.look import Look
from dashboard.panels.panel import Drawn
from dashboard.people import annotations
from dashboard.people.annotations import Annotation

_HALF = timedelta(hours=12)
_DAY = timedelta(days=1)


def mark(figure: go.Figure, found: Sequence[Annotation], scheme: Scheme, hourly: bool = False) -> go.Figure:
    """The same figure, with a numbered mark for each annotation; the numbers are those of `listed`.

    `hourly`: a day is from midnight to midnight; else it is the point at its midnight, and some space to both sides.
    """
    is_free_above = (figure.layout.legend.y or 0) < 1  # else the legend stands there
    for number, each in enumerate(found, 1):
        first = datetime.combine(each.first, time())
        last = datetime.combine(each.last, time())
        begin, end = (first, last + _DAY) if hourly else (first - _HALF, last + _HALF)
        if each.first == each.last and not hourly:
            figure.add_shape(
                type="line", x0=first, x1=first, y0=0, y1=1, xref="x", yref="paper", layer="below",
                line={"color": scheme.muted, "width": 1, "dash": "dot"},
            )  # fmt: skip
        else:
            figure.add_shape(
                type="rect", x0=begin, x1=end, y0=0, y1=1, xref="x", yref="paper", layer="below",
                fillcolor=scheme.band, line={"color": scheme.muted, "width": 1, "dash": "dot"},
            )  # fmt: skip
        figure.add_annotation(
            x=begin + (end - begin) / 2, y=1, xref="x", yref="paper", showarrow=False,
            yanchor="bottom" if is_free_above else "top",
            text=f"<b>{number}</b>", font={"size": 11, "color": scheme.card}, bgcolor=scheme.muted, borderpad=2,
            hovertext=f"{days(each)}: {label(each.words, 140)}",
        )  # fmt: skip
    return figure


def marked(drawn: Drawn, look: Look) -> Drawn:
    """A timeline with the annotations of its period and filters, marked and listed."""
    state, period = look.state, look.period
    found = annotations.within(look.settings.data_dir, period.first, period.last, state.network, state.campaign)
    if not found:
        return drawn
    caption = [drawn.caption] if isinstance(drawn.caption, str) else list(drawn.caption)
    figure = mark(go.Figure(drawn.figure), found, look.scheme, state.by == "hour")
    return replace(drawn, figure=figure, caption=[*caption, *filter(None, [listed(found)])])


def listed(found: Sequence[Annotation]) -> Component | None:
    """The same as text, for the figure's caption; None where there is none."""
    if not found:
        return None
    return html.Ol([html.Li(told(each)) for each in found], className="annotations")


def told(each: Annotation) -> list[Component | str]:
    """When, where, what and who, of one."""
    scope = " · ".join(part for part in (each.network, each.campaign) if part)
    where = [html.Span(f" ({scope})", className="quiet")] if scope else []
    return [html.B(days(each)), *where, f": {each.words} ", html.Span(f"— {each.author}", className="quiet")]


def days(each: Annotation) -> str:
    """`24 Nov 2026`, or `24 Nov to 3 Dec 2026`."""
    last = f"{each.last.day} {each.last:%b %Y}"
    if each.first == each.last:
        return last
    year = "" if each.first.year == each.last.year else f" {each.first.year}"
    return f"{each.first.day} {each.first:%b}{year} to {last}"
