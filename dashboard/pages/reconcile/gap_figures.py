"""This module owns the drawings of who said what per day, and of what each day's gap is made of."""

import pandas as pd
import plotly.graph_objects as go

from dashboard import numbers
from dashboard.figures.theme import DASHES, SHAPES, Scheme, base, blank, ticks
from dashboard.pages.reconcile.gaps import PARTS, SAYERS, Choice

LEGEND = {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.02, "yanchor": "bottom", "bgcolor": "rgba(0,0,0,0)"}
# A part is known by its pattern, too: eight colours are more than some eyes tell apart.
PATTERNS = ("", "/", ".", "x", "\\", "+", "-", "|", "")


def said_figure(days: pd.DataFrame, choice: Choice, currency: str, scheme: Scheme) -> go.Figure:
    """A line a day for everybody who said something, and ours."""
    lines = [(name, title) for name, title in SAYERS.items() if days[name].notna().any()] if len(days) else []
    if not lines and (days.empty or not days["observed"].any()):
        return blank(scheme)
    figure = base(scheme, hovermode="x unified", legend=LEGEND)
    for place, (name, title) in enumerate([("observed", "Counted here"), *lines]):
        colour = scheme.text if name == "observed" else scheme.lines[place - 1]
        known = [None if pd.isna(value) else float(value) for value in days[name]]
        figure.add_trace(
            go.Scatter(
                x=_iso(days), y=known, name=title, mode="lines+markers",
                customdata=[numbers.in_unit(value, choice.unit, currency) for value in known],
                hovertemplate="%{customdata}",
                line={"color": colour, "width": 2.25, "dash": DASHES[place]},
                marker={"symbol": SHAPES[place], "size": 6, "color": colour},
            )
        )  # fmt: skip
    largest = float(days[[*SAYERS, "observed"]].abs().max().max())
    figure.update_yaxes(rangemode="tozero", nticks=5, **ticks(choice.unit, currency, largest))
    figure.update_xaxes(showgrid=False, tickformat="%-d %b", nticks=6)
    return figure


def parts_figure(days: pd.DataFrame, choice: Choice, currency: str, scheme: Scheme) -> go.Figure:
    """Each day's gap as its parts, above zero where others say more; the diamond is the gap, their sum."""
    told = days[days["gap"].notna()] if len(days) else days
    if told.empty or not told[[part.column for part in PARTS]].any().any():
        return blank(scheme)
    figure = base(scheme, barmode="relative", bargap=0.28, hovermode="x unified", legend=LEGEND)
    for place, part in enumerate(PARTS):
        if not told[part.column].any():
            continue
        unexplained = part.column == "part_unexplained"
        colour = scheme.muted if unexplained else scheme.lines[place % len(scheme.lines)]
        figure.add_trace(
            go.Bar(
                x=_iso(told), y=told[part.column].tolist(), name=part.title,
                marker={"color": colour, "line": {"width": 0}, "pattern": {
                    "shape": "" if unexplained else PATTERNS[place], "fillmode": "overlay", "fgcolor": scheme.card,
                    "size": 6, "solidity": 0.2,
                }},
                customdata=[numbers.in_unit(value, choice.unit, currency) for value in told[part.column]],
                hovertemplate="%{customdata}",
            )
        )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=_iso(told), y=told["gap"].tolist(), name="Gap", mode="markers",
            marker={"symbol": "diamond", "size": 9, "color": scheme.card, "line": {"width": 2, "color": scheme.text}},
            customdata=[numbers.in_unit(value, choice.unit, currency) for value in told["gap"]],
            hovertemplate="%{customdata}",
        )
    )  # fmt: skip
    figure.add_hline(y=0, line={"color": scheme.muted, "width": 1})
    figure.update_yaxes(nticks=6, **ticks(choice.unit, currency, float(told["gap"].abs().max())))
    figure.update_xaxes(showgrid=False, tickformat="%-d %b", nticks=6)
    return figure


def _iso(days: pd.DataFrame) -> list[str]:
    return [pd.Timestamp(day).date().isoformat() for day in days["day"]]
