"""This module owns the page's own callbacks: an editor's deeds, and what is hidden while no creative is chosen."""

from collections.abc import Callable
from pathlib import Path

from dash import Dash, Input, Output, State, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.config import Settings
from dashboard.look import looking
from dashboard.pages.creative import deciding
from dashboard.pages.creative.chosen import chosen
from dashboard.pages.creative.panels import PANELS
from dashboard.people.visitor import Visitor

ABOUT_ONE = tuple(panel for panel in PANELS if panel.name != "creative-choose")
SAID = "creative-aliases-said"
Deed = Callable[[Settings, Path, Visitor, str, object, object], str]


def register(app: Dash, settings: Settings) -> None:
    """Add one callback for each deed, the one that forgets what it said, and the one that hides."""
    _add(app, settings, "creative-merge", deciding.merge)
    _add(app, settings, "creative-unmerge", deciding.unmerge)
    app.clientside_callback(  # type: ignore[no-untyped-call]
        "() => null",  # it was said of what one looked at then
        Output(SAID, "children", allow_duplicate=True),
        Input("view", "data"),
        prevent_initial_call=True,
    )
    _hide(app, settings)


def _hide(app: Dash, settings: Settings) -> None:
    """Until a creative is chosen, hide what would only say so."""

    @app.callback(
        [Output({"late": one.name} if one.late else f"{one.name}-panel", "hidden") for one in ABOUT_ONE],
        Input("view", "data"),
        Input("version", "data"),
        Input("creative-head", "id"),  # once, when the page is there
    )
    def hide(view: str | None, _version: str, _page: str) -> list[bool]:
        """Which panels are hidden: all, or none."""
        if view is None:
            raise PreventUpdate
        return [chosen(looking(settings, view)) is None] * len(ABOUT_ONE)


def _add(app: Dash, settings: Settings, name: str, deed: Deed) -> None:
    @app.callback(
        Output(SAID, "children", allow_duplicate=True),
        Input(f"{name}-do", "n_clicks"),
        State(f"{name}-which", "value"),
        State(f"{name}-reason", "value"),
        State("view", "data"),
        prevent_initial_call=True,
    )
    def decide(clicks: int | None, which: object, reason: object, view: str | None) -> Component:
        """What became of the deed, in a sentence."""
        if not clicks:
            raise PreventUpdate
        return decided(settings, deed, view, which, reason)


def decided(settings: Settings, deed: Deed, view: str | None, which: object, reason: object) -> Component:
    """Do it for the visitor of this request, on the creative of the view; the answer in words."""
    look = looking(settings, view)
    creative = chosen(look)
    if creative is None:
        return html.P("No creative is chosen.", className="refused")
    try:
        words = deed(settings, look.real, look.visitor, creative.creative_id, which, reason)
    except deciding.Refused as refused:
        return html.P(str(refused), className="refused")
    return html.P(words, className="pending")
