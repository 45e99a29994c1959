"""This module owns the callbacks of annotations: open, write, change and delete."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, no_update

from dashboard.config import Settings
from dashboard.people import annotations, annotations_dialog, scopes
from dashboard.people.annotations import Note
from dashboard.people.header import ANNOTATED
from dashboard.people.refusal import Refused
from dashboard.people.store import reading, writing
from dashboard.people.visitor import visitor
from dashboard.pressing import kind_and_id, news, pressed

_LISTED = timedelta(days=730)
_FIELDS = ("id", "days", "words", "network", "campaign")
_VALUES = ("data", "value", "value", "value", "value")
_EMPTY = (None, [None, None], "", None, None)
_MODE = (("annotation-title", "children"), ("annotation-leave", "style"), ("annotations-trouble", "children"))
_WRITING = ("Write one", {"display": "none"})
_CHANGING: tuple[str, dict[str, str]] = ("Change it", {})


def register(app: Dash, settings: Settings) -> None:
    """Add the callbacks."""
    _register_dialog(app, settings)
    _register_blank(app)
    _register_form(app, settings)
    _register_delete(app, settings)


def _register_dialog(app: Dash, settings: Settings) -> None:
    @app.callback(
        Output("annotations-rows", "children"),
        Input("people-annotate", "n_clicks"),
        Input(ANNOTATED, "data"),
        prevent_initial_call=True,
    )
    def show(_clicks: int | None, _edited: str) -> Any:
        """What there is, also what somebody else wrote meanwhile."""
        today = datetime.now(UTC).date()
        found = annotations.within(settings.data_dir, today - _LISTED, date.max)
        return annotations_dialog.rows(found, visitor())

    @app.callback(
        Output("annotation-network", "data"),
        Output("annotation-campaign", "data"),
        Input("people-annotate", "n_clicks"),
        prevent_initial_call=True,
    )
    def offer(_clicks: int | None) -> tuple[list[str], list[str]]:
        """The networks and campaigns that one can be of."""
        return scopes.known(settings)


def _register_blank(app: Dash) -> None:
    """Empty the form in the browser: an answer of the server may come when a sentence is half typed."""
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("people", "blank_note"),
        *[Output(*each, allow_duplicate=True) for each in (*_places(), *_MODE)],
        Input("people-annotate", "n_clicks"),
        Input("annotation-leave", "n_clicks"),
        prevent_initial_call=True,
    )


def _register_form(app: Dash, settings: Settings) -> None:
    @app.callback(
        *[Output(*each) for each in (*_places(), *_MODE)],
        Output(ANNOTATED, "data", allow_duplicate=True),
        Input("annotation-keep", "n_clicks"),
        Input({"type": "annotation-change", "id": ALL}, "n_clicks"),
        *[State(*each) for each in _places()],
        prevent_initial_call=True,
    )
    def form(_keep: Any, _change: Any, *values: Any) -> tuple[Any, ...]:
        """The form: filled with one to change, or kept and emptied."""
        deed = pressed()
        try:
            if isinstance(deed, dict):
                return (*_filled(settings, kind_and_id(deed)[1]), *_CHANGING, "", no_update)
            _keep_note(settings, values)
        except Refused as refusal:
            return (*[no_update] * (len(_FIELDS) + len(_CHANGING)), str(refusal), no_update)
        return (*_EMPTY, *_WRITING, "", news())


def _register_delete(app: Dash, settings: Settings) -> None:
    @app.callback(
        Output("annotations-trouble", "children", allow_duplicate=True),
        Output(ANNOTATED, "data", allow_duplicate=True),
        Input({"type": "annotation-delete", "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def delete(_clicks: Any) -> tuple[Any, ...]:
        """Take one away."""
        try:
            ident = kind_and_id(pressed())[1]
            with writing(settings.data_dir) as connection:
                annotations.delete(connection, visitor(), ident, int(time.time()))
        except Refused as refusal:
            return str(refusal), no_update
        return "", news()


def _places() -> list[tuple[str, str]]:
    return [(f"annotation-{name}", what) for name, what in zip(_FIELDS, _VALUES, strict=True)]


def _keep_note(settings: Settings, values: tuple[Any, ...]) -> None:
    ident, days, words, network, campaign = values
    for value, known in zip((network, campaign), scopes.known(settings), strict=True):
        if value is not None and value not in known:
            raise Refused("There is no such network or campaign.")
    first, last = _days(days)
    note = Note(first, last, words if isinstance(words, str) else "", network, campaign)
    with writing(settings.data_dir) as connection:
        if isinstance(ident, int):
            annotations.change(connection, visitor(), ident, note, int(time.time()))
        else:
            annotations.add(connection, visitor(), note, int(time.time()))


def _filled(settings: Settings, ident: int) -> tuple[Any, ...]:
    with reading(settings.data_dir) as connection:
        each = annotations.named(connection, ident)
    return each.id, [each.first.isoformat(), each.last.isoformat()], each.words, each.network, each.campaign


def _days(value: Any) -> tuple[date, date]:
    """The range as the picker posts it; a day alone is a range of one."""
    first, last = (*value, None, None)[:2] if isinstance(value, list) else (value, None)
    begin = annotations.day_of(first)
    return begin, annotations.day_of(last) if last else begin
