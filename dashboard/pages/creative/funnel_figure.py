"""This module owns the drawing of one creative's funnel: a bar per step, and what was lost on the way to it."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard import numbers
from dashboard.figures.theme import Scheme, base, blank

Row = Mapping[Any, Any]  # of `funnel.counted`


def funnel_figure(steps: pd.DataFrame, scheme: Scheme) -> go.Figure:
    """Bars for `funnel.counted`, the first step on top; blank where nothing was clicked."""
    if steps.empty or not steps["sessions"].iloc[0]:
        return blank(scheme)
    figure = base(scheme, showlegend=False, barmode="stack", bargap=0.28, hovermode="closest",
                  margin={"l": 8, "r": 12, "t": 8, "b": 8, "pad": 4})  # fmt: skip
    lost = steps["lost"].fillna(0).clip(lower=0)
    figure.add_trace(_bar(steps, steps["sessions"], scheme.lines[0], [_words(row) for row in steps.to_dict("records")]))
    lost_words = [f"{numbers.count(value)} lost before it" if value else "" for value in lost]
    figure.add_trace(
        go.Bar(
            x=lost.tolist(), y=steps["title"].tolist(), orientation="h", customdata=lost_words,
            marker={"color": "rgba(0,0,0,0)", "pattern": {"shape": "/", "fgcolor": scheme.muted, "size": 6,
                                                         "solidity": 0.2},
                    "line": {"color": scheme.muted, "width": 1}},
            hovertemplate="%{customdata}<extra></extra>",
        )
    )  # fmt: skip
    most = float(steps["sessions"].max())
    for row in steps.to_dict("records"):
        figure.add_annotation(
            x=row["sessions"] + (0 if pd.isna(row["lost"]) else max(0, row["lost"])), y=row["title"], xanchor="left",
            xshift=8, showarrow=False, align="left", text=_label(row), font={"size": 12, "color": scheme.text},
        )  # fmt: skip
    figure.update_xaxes(visible=False, range=[0, most * 1.95])
    figure.update_yaxes(autorange="reversed", showgrid=False, tickfont={"color": scheme.text, "size": 13})
    return figure


def _bar(steps: pd.DataFrame, values: pd.Series, colour: str, words: list[str]) -> go.Bar:
    return go.Bar(
        x=values.tolist(), y=steps["title"].tolist(), orientation="h", marker={"color": colour}, customdata=words,
        hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip


def _label(row: Row) -> str:
    """`1,234`, below it `CTR1 34.5%` and its interval: what stands beside the bar, narrow enough for a phone."""
    said = numbers.count(row["sessions"])
    if pd.isna(row["rate"]):
        return said
    limits = numbers.interval(row["low"], row["high"], "share", "")
    return f"{said}<br>{row['rate_title']} {numbers.percent(row['rate'])}<br>[{limits}]"


def _words(row: Row) -> str:
    return f"{row['title']}: {_label(row)}"
