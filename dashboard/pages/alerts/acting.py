"""This module owns the callbacks of the page Alerts: an editor's buttons and forms, and what became of them."""

import logging
from collections.abc import Callable
from typing import Any

from dash import ALL, Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component

from dashboard.config import Settings
from dashboard.pages.alerts import deeds
from dashboard.people.header import EDITED
from dashboard.people.keeping import mark, pressed
from dashboard.people.refusal import Refused
from dashboard.people.store import StoreError
from dashboard.people.visitor import Visitor, visitor
from dashboard.state import parse
from ingest.config import ConfigError

log = logging.getLogger("whichad.dashboard")
PANEL_OF = {"endpoint": "alerts-endpoints", "rule": "alerts-rules", "event": "alerts-events"}
_ENDPOINT = ("name", "url", "events")
_RULE = ("metric", "comparison", "value", "days", "per", "floor", "floor-value", "name", "maturing")
Deed = Callable[[Settings, Visitor, str, str], str]


def register(app: Dash, settings: Settings) -> None:
    """Add a callback for the buttons of each panel's rows, one for each form, and one that forgets what was said."""
    _buttons(app, settings, "endpoint", deeds.change_endpoint)
    _buttons(app, settings, "rule", deeds.change_rule)
    _buttons(app, settings, "event", deeds.replay)
    _endpoint_form(app, settings)
    _rule_form(app, settings)
    app.clientside_callback(  # type: ignore[no-untyped-call]
        "() => [null, null, null]",  # it was said of what one looked at then
        *[Output(f"{panel}-said", "children", allow_duplicate=True) for panel in PANEL_OF.values()],
        Input("url", "pathname"),
        prevent_initial_call=True,
    )


def done(deed: Callable[[], Component]) -> tuple[Any, Any]:
    """What became of a deed in words, and whether the panels have news."""
    try:
        return deed(), mark()
    except (Refused, ConfigError) as refused:
        return html.P(str(refused), className="refused"), no_update
    except StoreError as error:
        log.error("%s", error)
        return html.P(str(error), className="refused"), no_update


def _buttons(app: Dash, settings: Settings, kind: str, deed: Deed) -> None:
    @app.callback(
        Output(f"{PANEL_OF[kind]}-said", "children", allow_duplicate=True),
        Output(EDITED, "data", allow_duplicate=True),
        Input({"type": f"alert-{kind}", "deed": ALL, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def act(_clicks: Any) -> tuple[Any, Any]:
        """Do it to the row whose button was pressed."""
        which = pressed()
        name, ident = str(which.get("deed")), str(which.get("id"))
        return done(lambda: html.P(deed(settings, visitor(), name, ident), className="pending"))


def _endpoint_form(app: Dash, settings: Settings) -> None:
    @app.callback(
        Output("alerts-endpoints-said", "children", allow_duplicate=True),
        Output(EDITED, "data", allow_duplicate=True),
        Output("alerts-endpoint-name", "value"),
        Output("alerts-endpoint-url", "value"),
        Input("alerts-endpoint-do", "n_clicks"),
        *[State(f"alerts-endpoint-{name}", "value") for name in _ENDPOINT],
        prevent_initial_call=True,
    )
    def add(_clicks: int | None, name: object, url: object, events: object) -> tuple[Any, ...]:
        """Add the endpoint of the form."""
        pressed()
        answer, news = done(lambda: _added(*deeds.add_endpoint(settings, visitor(), name, url, events)))
        return (answer, news, *(("", "") if news is not no_update else (no_update, no_update)))


def _added(words: str, secret: str) -> Component:
    if not secret:
        return html.P(words, className="pending")
    return html.Div([html.P(words), html.P(["Its secret, shown this once: ", html.Code(secret)])], className="pending")


def _rule_form(app: Dash, settings: Settings) -> None:
    @app.callback(
        Output("alerts-rules-said", "children", allow_duplicate=True),
        Output(EDITED, "data", allow_duplicate=True),
        Output("alerts-rule-value", "value"),
        Output("alerts-rule-name", "value"),
        Input("alerts-rule-do", "n_clicks"),
        State("view", "data"),
        *[State(f"alerts-rule-{name}", "checked" if name == "maturing" else "value") for name in _RULE],
        prevent_initial_call=True,
    )
    def add(_clicks: int | None, view: str | None, *values: Any) -> tuple[Any, ...]:
        """Add the threshold of the form, with the filters of the page."""
        pressed()
        told = {name.replace("-", "_"): value for name, value in zip(_RULE, values, strict=True)}
        answer, news = done(lambda: html.P(deeds.add_rule(settings, visitor(), parse(view), told), className="pending"))
        return (answer, news, *(("", "") if news is not no_update else (no_update, no_update)))
