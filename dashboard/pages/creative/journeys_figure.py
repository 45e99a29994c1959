"""This module owns the drawing of a creative's places in journeys: bars of journeys, those that converted filled."""

import pandas as pd
import plotly.graph_objects as go

from dashboard import numbers
from dashboard.figures.theme import Scheme, base, blank


def journeys_figure(found: pd.DataFrame, scheme: Scheme) -> go.Figure:
    """A bar for each row of `journeys.roles`; blank where there is no journey."""
    if not found["journeys"].sum():
        return blank(scheme)
    figure = base(scheme, barmode="stack", bargap=0.3, hovermode="y unified", legend={
        "orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"})  # fmt: skip
    without = found["journeys"] - found["converted"]
    figure.add_trace(_bars(found, found["converted"], "Led to a goal", scheme.lines[0], {}))
    hatched = {"shape": "/", "fgcolor": scheme.muted, "size": 6, "solidity": 0.25}
    figure.add_trace(_bars(found, without, "Without a goal so far", "rgba(0,0,0,0)", hatched))
    for row in found.to_dict("records"):
        limits = numbers.interval(row["low"], row["high"], "share", "")
        said = (
            f"{numbers.count(row['journeys'])} · {numbers.percent(row['rate'])}<br>[{limits}]"
            if row["journeys"]
            else "none"
        )
        figure.add_annotation(x=row["journeys"], y=row["title"], text=said, xanchor="left", xshift=8, showarrow=False,
                              align="left", font={"color": scheme.text, "size": 12})  # fmt: skip
    figure.update_xaxes(visible=False, range=[0, float(found["journeys"].max()) * 1.75])
    figure.update_yaxes(autorange="reversed", showgrid=False, tickfont={"color": scheme.text, "size": 13})
    return figure


def _bars(found: pd.DataFrame, values: pd.Series, name: str, colour: str, pattern: dict[str, object]) -> go.Bar:
    return go.Bar(
        x=values.tolist(), y=found["title"].tolist(), orientation="h", name=name,
        customdata=[numbers.count(value) for value in values], hovertemplate="%{customdata}",
        marker={"color": colour, "pattern": pattern,
                "line": {"color": pattern.get("fgcolor", colour), "width": 1 if pattern else 0}},
    )  # fmt: skip
