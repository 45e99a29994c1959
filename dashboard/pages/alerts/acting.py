"""This module owns the callbacks of the page Alerts: an editor's buttons and forms, and what became of them."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from dash import ALL, Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component

from dashboard.config import Settings
from dashboard.pages.alerts import endpoint_deeds, rule_deeds
from dashboard.pages.alerts.deeds import FormDeed, RowDeed, Said
from dashboard.people.header import EDITED
from dashboard.people.refusal import Refused
from dashboard.people.store import StoreError
from dashboard.people.visitor import visitor
from dashboard.pressing import news, pressed
from dashboard.state import parse
from ingest.config import ConfigError

log = logging.getLogger("whichad.dashboard")
ENDPOINTS, RULES, EVENTS = "alerts-endpoints", "alerts-rules", "alerts-events"
# The buttons of rows, by the kind in their ids: the panel that says what became of it, and what it does.
BUTTONS: dict[str, tuple[str, RowDeed]] = {
    "endpoint": (ENDPOINTS, endpoint_deeds.change_endpoint),
    "rule": (RULES, rule_deeds.change_rule),
    "subject": (RULES, rule_deeds.wake_subject),
    "event": (EVENTS, endpoint_deeds.replay),
    "snooze": (EVENTS, rule_deeds.snooze_event),
}
ENDPOINT = ("name", "url", "channel", "events")
RULE = ("metric", "comparison", "value", "days", "per", "floor", "floor-value", "name", "maturing")


def register(app: Dash, settings: Settings) -> None:
    """Add a callback for each kind of button and for each form, and one that forgets what was said."""
    for kind in BUTTONS:
        _buttons(app, settings, kind)
    _choice(app, settings)
    _form(app, settings, (ENDPOINTS, "alerts-endpoint", endpoint_deeds.add_endpoint), ENDPOINT, ("name", "url"))
    _form(app, settings, (RULES, "alerts-rule", rule_deeds.add_rule), RULE, ("value", "name"))
    app.clientside_callback(  # type: ignore[no-untyped-call]
        "() => [null, null, null]",  # it was said of what one looked at then
        *[Output(f"{panel}-said", "children", allow_duplicate=True) for panel in (ENDPOINTS, RULES, EVENTS)],
        Input("url", "pathname"),
        prevent_initial_call=True,
    )


def done(deed: Callable[[], Said]) -> tuple[Any, Any]:
    """What became of a deed in words, and whether the panels have news."""
    try:
        return _shown(deed()), news()
    except (Refused, ConfigError) as refused:
        return html.P(str(refused), className="refused"), no_update
    except StoreError as error:
        log.error("%s", error)
        return html.P(str(error), className="refused"), no_update


def _shown(said: Said) -> Component:
    if not said.secret:
        return html.P(said.words, className="pending")
    secret = html.P(["Its secret, shown this once: ", html.Code(said.secret)])
    return html.Div([html.P(said.words), secret], className="pending")


def _news(panel: str) -> tuple[Output, Output]:
    return Output(f"{panel}-said", "children", allow_duplicate=True), Output(EDITED, "data", allow_duplicate=True)


def _buttons(app: Dash, settings: Settings, kind: str) -> None:
    panel, deed = BUTTONS[kind]

    @app.callback(
        *_news(panel),
        Input({"type": f"alert-{kind}", "deed": ALL, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def act(_clicks: Any) -> tuple[Any, Any]:
        """Do it to the row whose button was pressed."""
        which = pressed()
        return done(lambda: deed(settings, visitor(), str(which.get("deed")), str(which.get("id"))))


def _choice(app: Dash, settings: Settings) -> None:
    @app.callback(
        *_news(ENDPOINTS),
        Input({"type": "alert-choice", "deed": ALL, "id": ALL}, "n_clicks"),
        State({"type": "alert-wanted", "id": ALL}, "value"),
        State({"type": "alert-wanted", "id": ALL}, "id"),
        prevent_initial_call=True,
    )
    def choose(_clicks: Any, wanted: Sequence[Any], idents: Sequence[Any]) -> tuple[Any, Any]:
        """Keep the events that are ticked in the row whose button was pressed."""
        ident = str(pressed().get("id"))
        ticked = {each.get("id"): value for each, value in zip(idents, wanted, strict=False)}.get(ident)
        return done(lambda: endpoint_deeds.choose_events(settings, visitor(), ident, ticked))


def _form(
    app: Dash, settings: Settings, what: tuple[str, str, FormDeed], fields: Sequence[str], cleared: Sequence[str]
) -> None:
    panel, form, deed = what

    @app.callback(
        *_news(panel),
        *[Output(f"{form}-{name}", "value") for name in cleared],
        Input(f"{form}-do", "n_clicks"),
        State("view", "data"),
        *[State(f"{form}-{name}", "checked" if name == "maturing" else "value") for name in fields],
        prevent_initial_call=True,
    )
    def add(_clicks: int | None, view: str | None, *values: Any) -> tuple[Any, ...]:
        """Do what the form says; its own words are cleared once that is done."""
        pressed()
        told = dict(zip(fields, values, strict=True))
        answer, edited = done(lambda: deed(settings, visitor(), parse(view), told))
        return (answer, edited, *["" if edited is not no_update else no_update for _ in cleared])
