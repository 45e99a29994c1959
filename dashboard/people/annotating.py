"""This module owns the callbacks of annotations: open, write, change and delete."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dash import ALL, Dash, Input, Output, State, no_update

from dashboard.config import Settings
from dashboard.people import annotations, annotations_dialog, scopes
from dashboard.people.annotations import Note
from dashboard.people.header import ANNOTATED
from dashboard.people.keeping import kind_and_id, pressed
from dashboard.people.refusal import Refused
from dashboard.people.store import reading, writing
from dashboard.people.visitor import visitor

_LISTED = timedelta(days=730)
_FIELDS = ("id", "days", "words", "network", "campaign")
_VALUES = ("data", "value", "value", "value", "value")
_EMPTY = (None, [None, None], "", None, None)
_WRITING = ("Write one", {"display": "none"})
_CHANGING: tuple[str, dict[str, str]] = ("Change it", {})


def register(app: Dash, settings: Settings) -> None:
    """Add the callbacks."""
    _register_dialog(app, settings)
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


def _register_form(app: Dash, settings: Settings) -> None:
    fields = [(f"annotation-{name}", what) for name, what in zip(_FIELDS, _VALUES, strict=True)]

    @app.callback(
        *[Output(*field) for field in fields],
        Output("annotation-network", "data"),
        Output("annotation-campaign", "data"),
        Output("annotation-title", "children"),
        Output("annotation-leave", "style"),
        Output("annotations-trouble", "children"),
        Output(ANNOTATED, "data", allow_duplicate=True),
        Input("people-annotate", "n_clicks"),
        Input("annotation-leave", "n_clicks"),
        Input("annotation-keep", "n_clicks"),
        Input({"type": "annotation-change", "id": ALL}, "n_clicks"),
        *[State(*field) for field in fields],
        prevent_initial_call=True,
    )
    def form(_open: Any, _leave: Any, _keep: Any, _change: Any, *values: Any) -> tuple[Any, ...]:
        """The form: emptied, filled with one to change, or kept."""
        deed = pressed()
        networks, campaigns = scopes.known(settings)
        offered = (networks, campaigns)
        try:
            if deed == "annotation-keep":
                _keep_note(settings, values, offered)
                return (*_EMPTY, *offered, *_WRITING, "", str(time.time_ns()))
            if isinstance(deed, dict):
                return (*_filled(settings, kind_and_id(deed)[1]), *offered, *_CHANGING, "", no_update)
        except Refused as refusal:
            return (*[no_update] * (len(_FIELDS) + 4), str(refusal), no_update)
        return (*_EMPTY, *offered, *_WRITING, "", no_update)


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
        return "", str(time.time_ns())


def _keep_note(settings: Settings, values: tuple[Any, ...], offered: tuple[list[str], list[str]]) -> None:
    ident, days, words, network, campaign = values
    for value, known in zip((network, campaign), offered, strict=True):
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
