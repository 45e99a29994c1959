"""This module owns the app: one Dash on its own Flask, the shell around the pages, and what every page shares."""

from datetime import UTC, datetime
from pathlib import Path

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from flask import Flask

from dashboard import errors, live, people, security
from dashboard.components.empty import empty_state
from dashboard.components.header import header
from dashboard.config import Settings
from dashboard.live import Pulse, pulse
from dashboard.pages import PAGES
from dashboard.published import newest

_INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}
<title>{%title%}</title>
<link rel="icon" type="image/svg+xml" href="/assets/favicon.svg">
<script src="/assets/scheme.js"></script>
{%css%}
</head>
<body>
<noscript>whichad needs JavaScript to draw its page; the same numbers are in the published DuckDB file.</noscript>
{%app_entry%}
<footer class="scripts">{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>"""
_PULSE = (
    ("version", "data"),
    ("as-of", "children"),
    ("live", "children"),
    ("live", "className"),
    ("banner", "children"),
    ("banner", "hidden"),
)
_THEME = {
    "primaryColor": "blue",
    "primaryShade": {"light": 8, "dark": 4},
    "fontFamily": "inherit",
    "defaultRadius": "md",
    "autoContrast": True,
    # Mantine's greys for the dark scheme, tinted like the page.
    "colors": {
        "dark": [
            "#e6eaef",
            "#c0c8d2",
            "#9aa7b5",
            "#6b7887",
            "#3a4653",
            "#29323c",
            "#1f2831",
            "#161d25",
            "#12181f",
            "#0e1318",
        ]
    },
}


def create_app(settings: Settings) -> Dash:
    """The dashboard of one data directory; nothing is opened until a page asks."""
    server = Flask("dashboard")
    people.protect(server, settings)
    app = Dash(
        "dashboard",
        server=server,  # type: ignore[arg-type] # Dash's annotation forgets what its docstring says
        assets_folder=str(Path(__file__).parent / "assets"),
        assets_ignore=r"scheme\.js",  # the index loads it in the head, before the first paint
        index_string=_INDEX,
        title="whichad",
        update_title="",
        compress=True,
        health_endpoint="health",
        suppress_callback_exceptions=True,  # a page's parts exist only while there is something to show
        on_error=errors.toast,
        enable_mcp=False,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    app.layout = lambda: shell(settings)
    _shared_callbacks(app, settings)
    for page in PAGES:
        page.register(app, settings)
    people.register(app, settings)
    live.add_route(server, settings)
    security.protect(app, server, [page.path for page in PAGES])
    return app


def shell(settings: Settings) -> Component:
    """What surrounds every page, already true for the version published now: no flash of emptiness."""
    beat = pulse(settings, datetime.now(UTC))
    made: Component = dmc.MantineProvider(
        id="mantine",
        theme=_THEME,
        defaultColorScheme="auto",
        children=[
            header(beat, people.menu(settings)),
            html.Main(id="body", children=body(settings, beat)),
            dmc.NotificationContainer(id=errors.TOASTS, position="bottom-right"),
            dcc.Store(id="version", data=beat.version),
            dcc.Store(id="filled", data=beat.filled),
            dcc.Store(id="scheme"),
            dcc.Interval(id="tick", interval=live.EVERY_MS),
        ],
    )
    return made


def body(settings: Settings, beat: Pulse) -> Component:
    """The page, or what to do first while there is no creative."""
    if not beat.filled:
        return empty_state(settings, published=bool(beat.version))
    return PAGES[0].layout(newest(settings.published_link))


def _shared_callbacks(app: Dash, settings: Settings) -> None:
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("whichad", "pulse"),
        [Output(name, prop) for name, prop in _PULSE],
        Input("tick", "n_intervals"),
        State("version", "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("whichad", "scheme"),
        Output("scheme", "data"),
        Input("toggle", "id"),  # once, when the page is there
    )

    @app.callback(
        Output("body", "children"),
        Output("filled", "data"),
        Input("version", "data"),
        State("filled", "data"),
        prevent_initial_call=True,
    )
    def fill(_version: str, filled: bool) -> tuple[Component, bool]:
        """The page in place of the empty state when the first creative comes, and the other way round."""
        beat = pulse(settings, datetime.now(UTC))
        if beat.filled == filled:
            raise PreventUpdate
        return body(settings, beat), beat.filled
