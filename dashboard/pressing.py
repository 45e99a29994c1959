"""This module owns the press of a button in a callback: which it was, of which row, and the mark that says: news."""

import time
from typing import Any

from dash import ctx
from dash.exceptions import PreventUpdate

from dashboard.people.refusal import Refused


def pressed() -> Any:
    """What was pressed; a button that has only just appeared was not."""
    if not ctx.triggered or not ctx.triggered[0]["value"]:
        raise PreventUpdate
    return ctx.triggered_id


def kind_and_id(deed: Any) -> tuple[str, int]:
    """The two halves of a row's button. Raises Refused for what is none."""
    kind, ident = deed.get("type"), deed.get("id")
    if not isinstance(kind, str) or not isinstance(ident, int):
        raise Refused("There is no such row.")
    return kind, ident


def news() -> str:
    """A text that no store had before: what it was written for asks again."""
    return str(time.time_ns())
