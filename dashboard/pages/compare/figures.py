"""This module owns the figures of the page Compare: parts of a gap, intervals of each, a difference that grows."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard import numbers
from dashboard.figures.theme import DASHES, SHAPES, Scheme, base, blank, label, ticks

Row = Mapping[str, Any]


def waterfall_figure(rows: Sequence[Row], scheme: Scheme, currency: str) -> go.Figure:
    """Parts from the top down, each begun where the one before ended, each with its interval; the gap last.

    `rows` have `words`, `gap`, `low`, `high` (None: not known), `total`; the bars' ends are exact sums.
    """
    if not rows:
        return blank(scheme)
    figure = base(scheme, hovermode="closest", showlegend=False, bargap=0.35)
    starts, at = [], 0.0
    for row in rows:
        starts.append(0.0 if row["total"] else at)
        at += 0.0 if row["total"] else float(row["gap"])
    gaps = [float(row["gap"]) for row in rows]
    colours = [scheme.text if row["total"] else scheme.good if row["gap"] >= 0 else scheme.bad for row in rows]
    shapes = ["/" if row["gap"] < 0 and not row["total"] else "" for row in rows]
    names = [f"{'Σ ' if row['total'] else ''}{label(row['words'], 44)}" for row in rows]
    figure.add_trace(
        go.Bar(
            x=gaps, y=list(range(len(rows))), base=starts, orientation="h",
            marker={"color": colours, "pattern": {"shape": shapes, "fillmode": "overlay", "fgcolor": scheme.card,
                                                  "size": 6, "solidity": 0.2}},
            error_x=_whiskers(rows, gaps, scheme),
            customdata=[[signed(row["gap"], currency), limits(row, currency)] for row in rows],
            hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
        )
    )  # fmt: skip
    ends = _ends(rows, starts, gaps)
    pad = (max(ends) - min(ends) or 1.0) * 0.55  # room for the amounts, on a phone, too
    _amounts(figure, rows, starts, scheme, currency)
    figure.add_vline(x=0, line={"color": scheme.muted, "width": 1})
    largest = max(abs(end) for end in ends)
    figure.update_xaxes(range=[min(ends) - pad / 6, max(ends) + pad], nticks=5, tickangle=0,
                        **ticks("money", currency, largest))  # fmt: skip
    figure.update_yaxes(range=[len(rows) - 0.4, -0.6], tickvals=list(range(len(rows))), ticktext=names,
                        tickfont={"color": scheme.text}, showgrid=False)  # fmt: skip
    return figure


def _amounts(figure: go.Figure, rows: Sequence[Row], starts: Sequence[float], scheme: Scheme, currency: str) -> None:
    """Write each part's amount to the right of its bar and whisker."""
    for place, row in enumerate(rows):
        right = max(starts[place] + float(row["gap"]), starts[place], _end(row, starts[place], "high"))
        figure.add_annotation(
            x=right, y=place, text=signed(row["gap"], currency), showarrow=False, xanchor="left", xshift=6,
            font={"size": 12, "color": scheme.text},
        )  # fmt: skip


def dots_figure(rows: Sequence[Row], scheme: Scheme, currency: str) -> go.Figure:
    """A dot and an interval per creative: its letter, shape and colour; an open one where it is too early."""
    if not rows:
        return blank(scheme)
    figure = base(scheme, hovermode="closest", showlegend=False)
    for n, row in enumerate(rows):
        colour = scheme.lines[row["place"] % len(scheme.lines)]
        shape = SHAPES[row["place"] % len(SHAPES)]
        figure.add_trace(
            go.Scatter(
                x=[row["mid"]], y=[n], mode="markers", name=f"{row['letter']} {label(row['text'], 40)}",
                marker={"symbol": shape if row["sure"] else f"{shape}-open", "size": 12, "color": colour,
                        "line": {"width": 2, "color": colour}},
                error_x={"type": "data", "symmetric": False, "array": [row["high"] - row["mid"]],
                         "arrayminus": [row["mid"] - row["low"]], "color": colour, "thickness": 2, "width": 0},
                customdata=[[label(row["text"], 80), numbers.money(row["mid"], currency), row["limits"], row["said"]]],
                hovertemplate="%{customdata[0]}<br>%{customdata[1]} [%{customdata[2]}]<br>%{customdata[3]}"
                "<extra></extra>",
            )
        )  # fmt: skip
    ends = [row[end] for row in rows for end in ("low", "high")]
    pad = (max(ends) - min(ends) or 1.0) * 0.08
    _said_above(figure, rows, scheme, min([*ends, 0]), max([*ends, 0]))
    figure.add_vline(x=0, line={"color": scheme.muted, "width": 1, "dash": "dash"})
    figure.update_xaxes(range=[min([*ends, 0]) - pad, max([*ends, 0]) + pad], nticks=4, tickangle=0,
                        **ticks("money", currency, max(abs(end) for end in ends)))  # fmt: skip
    figure.update_yaxes(range=[len(rows) - 0.4, -0.7], tickvals=list(range(len(rows))), showgrid=False,
                        ticktext=[f"{row['letter']}  {label(row['text'], 14)}" for row in rows],
                        tickfont={"color": scheme.text})  # fmt: skip
    return figure


def _said_above(figure: go.Figure, rows: Sequence[Row], scheme: Scheme, left: float, right: float) -> None:
    """Write over each dot what is said of it; near an edge it goes inwards, so that it is not cut."""
    for n, row in enumerate(rows):
        part = (row["mid"] - left) / ((right - left) or 1.0)
        anchor = "left" if part < 1 / 3 else "right" if part > 2 / 3 else "center"
        figure.add_annotation(x=row["mid"], y=n, text=row["said"], showarrow=False, yshift=17, xanchor=anchor,
                              font={"size": 12, "color": scheme.text})  # fmt: skip


def growing_figure(lines: Sequence[Row], days: Sequence[date], scheme: Scheme, currency: str) -> go.Figure:
    """The difference of each to the first by day, and the band that holds at every look.

    `lines` have `place`, `letter`, `text`, and `value`, `low`, `high` by day (NaN: not known).
    """
    drawn = [line for line in lines if any(numbers.known(value) for value in line["value"])]
    if not drawn:
        return blank(scheme)
    figure = base(scheme, hovermode="x unified", showlegend=False)
    x = [day.isoformat() for day in days]
    for line in drawn:
        colour = scheme.lines[line["place"] % len(scheme.lines)]
        _band(figure, x, line, colour)
        figure.add_trace(
            go.Scatter(
                x=x, y=_plain(line["value"]), mode="lines+markers", name=f"{line['letter']} {label(line['text'], 36)}",
                line={"color": colour, "width": 2.25, "dash": DASHES[line["place"] % len(DASHES)]},
                marker={"symbol": SHAPES[line["place"] % len(SHAPES)], "size": 6, "color": colour},
                customdata=[_said(*each, currency) for each in zip(line["value"], line["low"], line["high"],
                                                                   strict=True)],
                hovertemplate="%{customdata}",
            )
        )  # fmt: skip
    figure.add_hline(y=0, line={"color": scheme.muted, "width": 1})
    figure.update_xaxes(showgrid=False, tickformat="%-d %b", nticks=6, tickangle=0)
    figure.update_yaxes(range=_range(drawn), **ticks("money", currency, max(abs(v) for v in _range(drawn))))
    return figure


def signed(value: Any, currency: str) -> str:
    """`+$0.012`, `−$0.003`: with as many digits as it takes to see it."""
    size = abs(float(value))
    places = 2 if size >= 1 or not size else 3 if size >= 0.01 else 4 if size >= 0.001 else 6
    words = numbers.money(float(value), currency, places)
    return words if float(value) < 0 else f"+{words}"


def limits(row: Row, currency: str) -> str:
    """The interval of a part in words."""
    if row["low"] is None or row["high"] is None:
        return "interval not known"
    sure = "" if row["low"] > 0 or row["high"] < 0 else ", could be chance"
    return f"{signed(row['low'], currency)} to {signed(row['high'], currency)}{sure}"


def _whiskers(rows: Sequence[Row], gaps: Sequence[float], scheme: Scheme) -> dict[str, Any]:
    ups = [(row["high"] - gap) if row["high"] is not None else 0.0 for row, gap in zip(rows, gaps, strict=True)]
    downs = [(gap - row["low"]) if row["low"] is not None else 0.0 for row, gap in zip(rows, gaps, strict=True)]
    return {"type": "data", "symmetric": False, "array": ups, "arrayminus": downs, "color": scheme.text,
            "thickness": 1.25, "width": 4}  # fmt: skip


def _end(row: Row, start: float, which: str) -> float:
    return start + float(row["gap"] if row[which] is None else row[which])


def _ends(rows: Sequence[Row], starts: Sequence[float], gaps: Sequence[float]) -> list[float]:
    each = zip(rows, starts, gaps, strict=True)
    return [0.0, *(end for row, start, gap in each
                   for end in (start, start + gap, _end(row, start, "low"), _end(row, start, "high")))]  # fmt: skip


def _band(figure: go.Figure, x: Sequence[str], line: Row, colour: str) -> None:
    known = [n for n, low in enumerate(line["low"]) if numbers.known(low)]
    if not known:
        return
    there = [x[n] for n in known]
    edge = [float(line["high"][n]) for n in known] + [float(line["low"][n]) for n in reversed(known)]
    figure.add_trace(
        go.Scatter(x=[*there, *reversed(there)], y=edge, mode="lines", fill="toself", hoverinfo="skip",
                   line={"width": 0}, fillcolor=_faint(colour), showlegend=False)
    )  # fmt: skip


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, 0.16)"


def _said(value: float, low: float, high: float, currency: str) -> str:
    if not numbers.known(value):
        return "not on the same day yet"
    known = numbers.known(low)
    return f"{signed(value, currency)}" + (f" [{signed(low, currency)} to {signed(high, currency)}]" if known else "")


def _plain(values: Sequence[float]) -> list[float | None]:
    return [float(value) if numbers.known(value) else None for value in values]


def _range(lines: Sequence[Row]) -> list[float]:
    """Of what the last days say: the first days' differences are wild, and would flatten all others."""
    late = slice(-max(1, len(lines[0]["value"]) * 2 // 3), None)
    ends = [float(v) for line in lines for name in ("value", "low", "high") for v in line[name][late] if pd.notna(v)]
    ends = [*ends, 0.0]
    pad = (max(ends) - min(ends) or 1.0) * 0.06
    return [min(ends) - pad, max(ends) + pad]
