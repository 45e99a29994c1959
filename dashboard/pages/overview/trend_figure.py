"""This module owns the drawing of the trend: a line per picked creative or the total, the comparison dashed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd
import plotly.graph_objects as go

from dashboard import numbers
from dashboard.figures.theme import DASHES, SHAPES, Scheme, base, blank, label, ticks
from dashboard.figures.unfinished import OVER
from dashboard.words import Measure

COMPARED = "dash"


@dataclass(frozen=True)
class Line:
    """A line of the trend: values by day (or hour) of the period; `before` is the comparison, moved onto it.

    `text` is the creative's, or what the total is of; `was` is the moment each value of `before` is really of.
    """

    text: str
    values: pd.Series
    before: pd.Series | None = None
    was: pd.DatetimeIndex | None = None


def lines_figure(lines: Sequence[Line], measure: Measure, scheme: Scheme, currency: str, hourly: bool) -> go.Figure:
    """The lines of `measure`; at least one value of one line has to be known, or the figure says there is nothing."""
    everything = [each for line in lines for each in (line.values, line.before) if each is not None]
    if not any(values.notna().any() for values in everything):
        return blank(scheme)
    figure = base(scheme, hovermode="x unified", showlegend=False)
    figure.update_xaxes(showgrid=False, tickformat="%-d %b %H:%M" if hourly else "%-d %b", nticks=6, tickangle=0)
    largest = max(float(values.abs().max()) for values in everything if values.notna().any())
    for place, line in enumerate(lines):
        if line.before is not None:
            figure.add_trace(_compared(line, measure, scheme, currency, hourly))
        figure.add_trace(_line(line, place, measure, scheme, currency))
    figure.update_yaxes(**ticks(measure.unit, currency, largest))
    lowest = min(float(values.min()) for values in everything if values.notna().any())
    if measure.key == "profit" or lowest < 0:
        figure.add_hline(y=0, line={"color": scheme.muted, "width": 1})
    half = timedelta(minutes=30) if hourly else timedelta(hours=12)
    index = lines[0].values.index
    figure.update_xaxes(range=[f"{index[0] - half:%Y-%m-%d %H:%M}", f"{index[-1] + half:%Y-%m-%d %H:%M}"])
    return figure


def lines_table(lines: Sequence[Line], measure: Measure, hourly: bool) -> pd.DataFrame:
    """The same as text: a row per day (or hour), a column per line and per comparison."""
    found = pd.DataFrame({"Hour" if hourly else "Day": lines[0].values.index}) if lines else pd.DataFrame()
    for line in lines:
        found[f"{measure.title}: {line.text}"] = line.values.to_numpy()
        if line.before is not None and line.was is not None:
            found[f"Comparison: {line.text}"] = line.before.to_numpy()
            found["Compared with"] = line.was
    return found


def _line(line: Line, place: int, measure: Measure, scheme: Scheme, currency: str) -> go.Scatter:
    colour = scheme.lines[place % len(scheme.lines)]
    return go.Scatter(
        x=[moment(when) for when in line.values.index],
        y=_known(line.values),
        name=label(line.text, 40),
        customdata=[numbers.in_unit(value, measure.unit, currency) for value in _known(line.values)],
        hovertemplate="%{customdata}",
        mode="lines+markers" if len(line.values) <= 62 else "lines",
        line={"color": colour, "width": 2.25, "dash": DASHES[place % len(DASHES)] if line.before is None else "solid"},
        marker={"symbol": SHAPES[place % len(SHAPES)], "size": 7, "color": colour},
    )


def _compared(line: Line, measure: Measure, scheme: Scheme, currency: str, hourly: bool) -> go.Scatter:
    values = line.before if line.before is not None else pd.Series(dtype=float)
    was = line.was if line.was is not None else values.index
    spelled = "%a %-d %b %H:%M" if hourly else "%a %-d %b"
    known = _known(values)
    words = [
        f"{numbers.in_unit(value, measure.unit, currency)} on {day.strftime(spelled)}{_moved(now, value)}"
        for now, value, day in zip(_known(line.values), known, was, strict=True)
    ]
    return go.Scatter(
        x=[moment(when) for when in values.index],
        y=known,
        name="before",
        meta=OVER,  # its days are over, wherever they are drawn
        customdata=words,
        hovertemplate="%{customdata}",
        mode="lines",
        line={"color": scheme.muted, "width": 1.75, "dash": COMPARED},
    )


def _moved(now: float | None, before: float | None) -> str:
    ratio = numbers.change(now, before)
    return f" ({numbers.change_words(ratio)})" if ratio is not None else ""


def moment(when: datetime | date) -> str:
    """A day or an hour as the x axis takes it."""
    return f"{when:%Y-%m-%d %H}:00" if isinstance(when, datetime) and when.hour else f"{when:%Y-%m-%d}"


def _known(values: pd.Series) -> list[float | None]:
    return [None if pd.isna(value) else float(value) for value in values]
