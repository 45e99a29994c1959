"""This module owns the callbacks of saved views: keep, rename, delete, and the list in the header's menu."""

import time
from collections.abc import Sequence
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, no_update

from dashboard.config import Settings
from dashboard.people import views, views_dialog
from dashboard.people.header import CLOSING, EDITED, view_items
from dashboard.people.refusal import Refused
from dashboard.people.store import reading, writing
from dashboard.people.visitor import visitor
from dashboard.pressing import kind_and_id, news, pressed
from dashboard.state import parse, to_search


def register(app: Dash, settings: Settings) -> None:
    """Add the callbacks."""
    _register_list(app, settings)
    _register_save(app, settings)
    _register_manage(app, settings)
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("people", "logout"),
        Output("people-logout", "n_clicks"),
        Input("people-logout", "n_clicks"),
        prevent_initial_call=True,
    )
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("people", "close"),
        Output(CLOSING, "clear_data"),
        Input(CLOSING, "data"),
        prevent_initial_call=True,
    )


def canonical(path: object, search: object, paths: Sequence[str]) -> tuple[str, str]:
    """A page of ours and a query string as we write it, whatever a client says."""
    found = path if isinstance(path, str) and path in paths else paths[0]
    return found, to_search(parse(search if isinstance(search, str) else ""))


def _register_list(app: Dash, settings: Settings) -> None:
    @app.callback(
        Output("people-views", "children"),
        Output("views-rows", "children"),
        Input(EDITED, "data"),
        Input("people-button", "n_clicks"),  # somebody else may have shared one meanwhile
        prevent_initial_call=True,
    )
    def show(_edited: str, _clicks: int | None) -> tuple[Any, ...]:
        """The views of the visitor now."""
        with reading(settings.data_dir) as connection:
            found = views.listed(connection, visitor())
        return view_items(found), views_dialog.rows(found, visitor())


def _register_save(app: Dash, settings: Settings) -> None:
    from dashboard.pages import PAGES

    paths = [page.path for page in PAGES]
    # In the browser: an answer of the server may come when a name is half typed, and would take it away.
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("people", "blank_view"),
        Output("view-trouble", "children", allow_duplicate=True),
        Output("view-name", "value", allow_duplicate=True),
        Input("people-save", "n_clicks"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(CLOSING, "data"),
        Output("view-trouble", "children"),
        Output("view-name", "value"),
        Output(EDITED, "data", allow_duplicate=True),
        Input("view-keep", "n_clicks"),
        Input("view-name", "n_submit"),
        State("view-name", "value"),
        State("view-shared", "checked", allow_optional=True),
        State("url", "pathname"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def save(_keep: int, _enter: int, name: Any, shared: Any, path: Any, search: Any) -> tuple[Any, ...]:
        """Keep what the URL says."""
        try:
            with writing(settings.data_dir) as connection:
                views.save(
                    connection, visitor(), name, *canonical(path, search, paths), shared is True, int(time.time())
                )
        except Refused as refusal:
            return no_update, str(refusal), no_update, no_update
        return ["view-save", news()], "", "", news()


def _register_manage(app: Dash, settings: Settings) -> None:
    @app.callback(
        Output("views-trouble", "children"),
        Output(EDITED, "data", allow_duplicate=True),
        Input("people-manage", "n_clicks"),
        Input({"type": "view-renamed", "id": ALL}, "n_clicks"),
        Input({"type": "view-delete", "id": ALL}, "n_clicks"),
        State({"type": "view-rename", "id": ALL}, "value"),
        State({"type": "view-rename", "id": ALL}, "id"),
        prevent_initial_call=True,
    )
    def manage(
        _open: int | None, _renamed: Any, _deleted: Any, names: Sequence[Any], idents: Sequence[Any]
    ) -> tuple[Any, ...]:
        """Open the dialog, rename one, or delete one."""
        deed = pressed()
        if deed == "people-manage":
            return "", no_update
        kind, ident = kind_and_id(deed)
        try:
            with writing(settings.data_dir) as connection:
                if kind == "view-delete":
                    views.delete(connection, visitor(), ident, int(time.time()))
                else:
                    name = {each.get("id"): value for each, value in zip(idents, names, strict=False)}.get(ident)
                    views.rename(connection, visitor(), ident, str(name or ""), int(time.time()))
        except Refused as refusal:
            return str(refusal), no_update
        return "", news()
