"""This module owns the app: one Dash on its own Flask, the shell around the pages, and what every page shares."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dash_mantine_components as dmc
from dash import ALL, ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from flask import Flask

from dashboard import errors, export_route, live, people, security, slim, sync
from dashboard.components.bar import bar
from dashboard.components.empty import empty_state
from dashboard.components.header import header, help_sheet
from dashboard.config import Settings
from dashboard.live import Pulse, pulse
from dashboard.pages import PAGES
from dashboard.pages.page import Page, layout
from dashboard.panels import wiring

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
ZSTD_LEVEL = 9  # a tenth smaller than Flask-Compress's 3, for 0.1 s of the processor and once per script
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
        health_endpoint="healthz",
        suppress_callback_exceptions=True,  # a page's parts exist only while it is shown
        on_error=errors.toast,
        enable_mcp=False,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    server.config["COMPRESS_ZSTD_LEVEL"] = ZSTD_LEVEL
    app.layout = lambda: shell(settings)
    _shell_callbacks(app)
    _touch_callbacks(app)
    _page_callbacks(app, settings)
    sync.register(app, settings)
    wiring.register_period(app, settings)
    wiring.register_late(app, [panel for page in PAGES for panel in page.panels])
    for page in PAGES:
        for panel in page.panels:
            wiring.register(app, settings, panel)
        if page.head is not None:
            wiring.register_head(app, settings, page)
        if page.register is not None:
            page.register(app, settings)
    people.register(app, settings)
    slim.serve(server)
    live.add_route(server, settings)
    export_route.add_route(server, settings)
    security.protect(app, server, [page.path for page in PAGES])
    return app


def shell(settings: Settings) -> Component:
    """What surrounds every page; the page itself comes with the first look at the URL."""
    beat = pulse(settings, datetime.now(UTC))
    made: Component = dmc.MantineProvider(
        id="mantine",
        theme=_THEME,
        defaultColorScheme="auto",
        children=[
            dcc.Location(id="url", refresh="callback-nav"),
            header(beat, PAGES, people.menu(settings)),
            bar(),
            html.Main(id="body", tabIndex="-1"),
            help_sheet(PAGES),
            dmc.NotificationContainer(id=errors.TOASTS, position="bottom-right"),
            dcc.Store(id="view"),
            dcc.Store(id="unticked"),  # the view without the ticks
            dcc.Store(id="asked"),
            dcc.Store(id="shown"),
            dcc.Store(id="version", data=beat.version),
            dcc.Store(id="scheme"),
            dcc.Store(id="near"),
            dcc.Store(id="touched"),
            dcc.Interval(id="tick", interval=live.EVERY_MS),
        ],
    )
    return made


def page_of(path: str | None) -> Page:
    """The page at a path; the first one where there is none (the server answers 404 before)."""
    return next((page for page in PAGES if page.path == path), PAGES[0])


def turned(settings: Settings, page: Page, beat: Pulse, teaches: bool) -> tuple[Component, str]:
    """The page, or what to do first; and the class of the controls: which extra ones it shows."""
    if teaches:
        return empty_state(settings, published=bool(beat.version)), "controls nothing-yet"
    return layout(page), " ".join(["controls", *(f"shows-{name}" for name in page.controls)])


def _page_callbacks(app: Dash, settings: Settings) -> None:
    @app.callback(
        Output("body", "children"),
        Output("shown", "data"),
        Output("controls", "className"),
        Input("url", "pathname"),
        Input("version", "data"),
        State("shown", "data"),
    )
    def turn(path: str | None, _version: str, shown: list[Any] | None) -> tuple[Component, list[Any], str]:
        """The page of the path, or what to do first; made again only when one of the two changes."""
        page, beat = page_of(path), pulse(settings, datetime.now(UTC))
        teaches = not beat.version or (page.needs_creatives and not beat.filled)
        if shown == [page.path, teaches]:
            raise PreventUpdate
        made, controls = turned(settings, page, beat, teaches)
        return made, [page.path, teaches], controls


def _shell_callbacks(app: Dash) -> None:
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
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("whichad", "navigate"),
        Output({"nav": ALL}, "href"),
        Output({"nav": ALL}, "className"),
        Input("view", "data"),
        Input("url", "pathname"),
        State({"nav": ALL}, "id"),
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("whichad", "open"),
        Output("help", "opened"),
        Input("help-open", "n_clicks"),
        prevent_initial_call=True,
    )


def _touch_callbacks(app: Dash) -> None:
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("whichad", "touched"),
        Output("touched", "data"),
        Input("view", "data"),
        Input("url", "pathname"),
        Input("scheme", "data"),
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("whichad", "fold"),
        Output("folding", "className"),
        Output("fold", "aria-expanded"),
        Input("fold", "n_clicks"),
        prevent_initial_call=True,
    )
