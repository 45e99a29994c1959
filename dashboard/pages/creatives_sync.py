"""This module owns the agreement between the URL, the controls and the grid's ticks: the URL is the state."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from dash import Dash, Input, Output, State, ctx, no_update, set_props

from dashboard import queries
from dashboard.components.controls import CONTROLS
from dashboard.config import Settings
from dashboard.errors import TOASTS
from dashboard.published import newest
from dashboard.state import PICKS_MAX, days_word, from_values, parse, short, to_search
from dashboard.state import State as View


def register(app: Dash, settings: Settings) -> None:
    """One circular callback, so that a control and the Back button take the same way; and the filters' options."""
    _register_sync(app, settings)

    @app.callback(
        Output("network", "data"),
        Output("campaign", "data"),
        Output("country", "data"),
        Input("filters", "data"),
        Input("version", "data"),
        prevent_initial_call=True,
    )
    def options(filters: str | None, _version: str) -> tuple[list[str], list[str], list[str]]:
        """What each filter can be set to now; campaigns follow the network."""
        found = queries.choices(newest(settings.published_link), parse(filters).network)
        return list(found.networks), list(found.campaigns), list(found.countries)


def _register_sync(app: Dash, settings: Settings) -> None:
    @app.callback(
        Output("url", "search"),
        Output("filters", "data"),
        Output("drawn", "data"),
        *[Output(name, "value") for name in CONTROLS],
        Input("url", "search"),
        Input("grid", "eventData"),
        *[Input(name, "value") for name in CONTROLS],
        State("filters", "data"),
        State("drawn", "data"),
    )
    def sync(search: str | None, event: Mapping[str, Any] | None, *rest: Any) -> tuple[Any, ...]:
        """The URL after the last action, what it asks to be drawn, and the controls as it says."""
        values, (filters, drawn) = dict(zip(CONTROLS, rest, strict=False)), rest[-2:]
        told = parse(search)
        view = _existing(newest(settings.published_link), _asked(ctx.triggered_id, told, values, event))
        return (
            no_update if ctx.triggered_id in (None, "url") or view == told else to_search(view),
            _if_new(to_search(view.filters), filters),
            _if_new(to_search(view), drawn),
            *(_if_new(shown, values[name]) for name, shown in _controls(view).items()),
        )


def _existing(real: Path, view: View) -> View:
    """The view without filters that name nothing, and without a campaign that is not of its network."""
    view = view.within(queries.choices(real))
    if view.network and view.campaign not in queries.choices(real, view.network).campaigns:
        return replace(view, campaign=None)
    return view


def _asked(trigger: Any, told: View, values: Mapping[str, Any], event: Mapping[str, Any] | None) -> View:
    """The view that the last action asks for: the URL's, or the URL's with the touched control applied."""
    if trigger == "grid":
        return replace(told, pick=_picked(event))
    if trigger in CONTROLS:
        return from_values({**values, "pick": ",".join(told.pick)})
    return told


def _picked(event: Mapping[str, Any] | None) -> tuple[str, ...]:
    data = event.get("data") if isinstance(event, Mapping) else None
    ids = data.get("ids") if isinstance(data, Mapping) else None
    if isinstance(data, Mapping) and data.get("over"):
        words = f"The trend draws up to {PICKS_MAX} creatives. Take one off first."
        set_props(TOASTS, {"sendNotifications": [{"action": "show", "id": "over", "message": words}]})
    picks = [short(ident) for ident in ids if isinstance(ident, str)] if isinstance(ids, list) else []
    return from_values({"pick": ",".join(picks)}).pick


def _controls(view: View) -> dict[str, str | None]:
    shown = (days_word(view.days), view.network, view.campaign, view.country, view.text or "", view.metric)
    return dict(zip(CONTROLS, shown, strict=True))


def _if_new(value: Any, now: Any) -> Any:
    return no_update if value == now else value
