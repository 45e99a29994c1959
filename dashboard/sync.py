"""This module owns the agreement between the URL and the controls: the URL is the state, and everything else follows.

One circular callback, so that a control, a link, a grid's tick and the Back button all take the same way.
"""

from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, State, ctx, no_update

from dashboard import options
from dashboard.components.controls import BY_ID, CONTROLS, more_set
from dashboard.config import Settings
from dashboard.state import State as View
from dashboard.state import from_values, parse, to_search, to_values

# What the browser's own code (ticks, sorting, shortcuts) may ask for, through the store `asked`.
_ASKABLE = ("pick", "sort", "show", "period", "by", "metric")


def register(app: Dash, settings: Settings) -> None:
    """The circle, and the options of the filters."""

    @app.callback(
        Output("url", "search"),
        Output("view", "data"),
        Output("more-set", "children"),
        Output("fold-set", "children"),
        *[Output(control.ident, "value") for control in CONTROLS],
        Input("url", "search"),
        Input("asked", "data"),
        *[Input(control.ident, "value") for control in CONTROLS],
        State("view", "data"),
    )
    def sync(search: str | None, asked: Mapping[str, Any] | None, *rest: Any) -> tuple[Any, ...]:
        """The URL after the last action, what it asks to be shown, and the controls as it says."""
        values, shown = rest[:-1], rest[-1]
        told = parse(search)
        view = wanted(ctx.triggered_id, told, asked, dict(zip(BY_ID, values, strict=True)))
        count, folded = more_set(view), len(view.filtered)
        return (
            no_update if ctx.triggered_id in (None, "url") or view == told else to_search(view),
            _if_new(to_search(view), shown),
            f" ({count})" if count else "",
            f" ({folded})" if folded else "",
            *(_if_new(control.show(view), value) for control, value in zip(CONTROLS, values, strict=True)),
        )

    @app.callback(
        *[Output(f"c-{name}", "data") for name in options.OFFERED],
        *[Output(f"c-{name}", "placeholder") for name in options.IN_USE],
        Input("view", "data"),
        Input("version", "data"),
        Input("url", "pathname"),
    )
    def offer(view: str | None, _version: str, path: str | None) -> tuple[Any, ...]:
        """What each filter and choice can be set to now, and what is in use where none is."""
        return options.offered(settings, view, path or "/")


def wanted(trigger: Any, told: View, asked: Mapping[str, Any] | None, values: Mapping[str, Any]) -> View:
    """The view that the last action asks for: the URL's, or the URL's with the touched control applied."""
    if trigger == "asked" and isinstance(asked, Mapping):
        return from_values({**to_values(told), **{name: asked[name] for name in _ASKABLE if name in asked}})
    control = BY_ID.get(trigger) if isinstance(trigger, str) else None
    return control.change(told, values[trigger]) if control else told


def _if_new(value: Any, now: Any) -> Any:
    return no_update if value == now else value
