"""This module owns the frames of the page: a titled panel, a figure with its caption, the legend of the trend."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.aria import aria
from dashboard.figures.certainty import tally

GRAPH_CONFIG: Any = {
    "showSendToCloud": False,
    "displaylogo": False,
    "responsive": True,
    "modeBarButtonsToRemove": ["zoom2d", "pan2d", "select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d",
                               "resetScale2d"],
}  # fmt: skip
_SHAPES = ("●", "■", "◆", "▲", "✚", "★")  # the figures' shapes, in the same order


def panel(name: str, title: str, children: Sequence[Component], aside: Component | None = None) -> Component:
    """A titled section; `aside` sits beside the title."""
    head = html.Div([html.H2(title, id=f"{name}-title"), *([] if aside is None else [aside])], className="panel-head")
    return html.Section([head, *children], className=f"card panel panel-{name}", **aria(labelledby=f"{name}-title"))


def sure_words(top: pd.DataFrame) -> list[Component]:
    """The legend and the message of the plot of certainty in one: a mark, a number, what it means."""
    return [
        html.Span([html.Span(group.mark, className=f"mark {group.key}", **aria(hidden="true")), words])
        for group, words in tally(top)
    ]


def figure(name: str, height: int) -> Component:
    """A graph that says in words what it shows; the height is fixed, or a responsive graph collapses."""
    return html.Figure(
        className="figure",
        **aria(labelledby=f"{name}-title", describedby=f"{name}-caption"),
        children=[
            dcc.Loading(
                dcc.Graph(id=name, config=GRAPH_CONFIG, responsive=True, style={"height": height}),
                delay_show=400,
                overlay_style={"visibility": "visible", "opacity": 0.5},
            ),
            html.Figcaption(id=f"{name}-caption", className="caption"),
        ],
    )


def legend(picked: Sequence[tuple[str, str]]) -> list[Component]:
    """The full texts of the drawn creatives, each beside its line's shape and colour."""
    return [
        html.Li(
            [
                html.Span(_SHAPES[place % len(_SHAPES)], className=f"line-{place % 6}", **aria(hidden="true")),
                html.Span(text),
            ]
        )
        for place, (_ident, text) in enumerate(picked)
    ]
