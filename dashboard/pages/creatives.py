"""This module owns the creatives page: which ads perform, how sure that is, and how they run over time."""

from pathlib import Path

from dash import Dash, dcc, html
from dash.development.base_component import Component

from dashboard import queries
from dashboard.components.aria import aria
from dashboard.components.controls import controls, metric_choice
from dashboard.components.grid import grid
from dashboard.components.panels import figure, panel
from dashboard.config import Settings
from dashboard.pages import creatives_data, creatives_sync
from dashboard.pages.page import Page
from dashboard.state import State
from dashboard.words import MEASURES, kind_words


def layout(real: Path) -> Component:
    """The page's frame for the published file `real`; everything in it is filled by callback."""
    fresh = queries.freshness(real)
    goal = MEASURES[fresh.objective].title if fresh.objective in MEASURES else "Objective"
    return html.Div(
        className="page",
        children=[
            dcc.Location(id="url", refresh="callback-nav"),
            dcc.Store(id="filters"),
            dcc.Store(id="drawn"),
            dcc.Store(id="chosen"),
            html.Div(
                className="page-head",
                children=[html.H1("Creatives"), html.P(id="period", className="quiet", role="status")],
            ),
            controls(State(), queries.choices(real)),
            html.Ul(id="cards", className="cards", **aria(label="Totals of the window")),
            panel("ranking", "Ranked by profit", [grid(), html.P(id="ranking-note", className="caption")],
                  html.Span(id="found", className="quiet", role="status")),
            html.Div(
                className="two",
                children=[
                    panel("trend", "Day by day", [figure("trend", 340), html.Ul(id="legend", className="legend")],
                          metric_choice(State.metric, kind_words(fresh.kind).trends)),
                    panel("certainty", f"Where the ranking is sure: {goal.lower() if ' ' in goal else goal}",
                          [figure("certainty", 460)]),
                ],
            ),
        ],
    )  # fmt: skip


def register(app: Dash, settings: Settings) -> None:
    """Add the page's callbacks: the URL with the controls, then what the URL asks for."""
    creatives_sync.register(app, settings)
    creatives_data.register(app, settings)


PAGE = Page(path="/", title="Creatives", layout=layout, register=register)
