"""This module owns the people's corner of the header: the menu of saved views and annotations, and the account.

The menus are `details`: operable by keyboard as they are, and true for assistive technology, which a menu of Mantine's
around a Dash component is not (assets/people.js closes them on Escape and a click elsewhere).
"""

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.config import Settings
from dashboard.people import annotations_dialog, views_dialog
from dashboard.people.store import reading
from dashboard.people.views import View, listed
from dashboard.people.visitor import Visitor

EDITED = "edited"  # a store that changes when the visitor saved, renamed or deleted a view: what lists them asks again
ANNOTATED = "annotated"  # the same for annotations: figures are drawn again
CLOSING = "closing"  # a store with the id of a dialog whose work is done, and a number that makes it news


def menu(settings: Settings, who: Visitor) -> Component:
    """The corner for a visitor, with its dialogs, which are closed."""
    with reading(settings.data_dir) as connection:
        views = listed(connection, who)
    return html.Div(
        className="people",
        children=[
            dcc.Store(id=EDITED, data=""),
            dcc.Store(id=ANNOTATED, data=""),
            dcc.Store(id=CLOSING),
            _drop(
                html.Summary("Views", id="people-button", title="Saved views and annotations"),
                [
                    html.Div(view_items(views), id="people-views", className="view-items"),
                    _item("Save this view…", "people-save", opens="view-save"),
                    _item("Manage views…", "people-manage", opens="views-manage"),
                    _item("Annotations…", "people-annotate", "apart", opens="annotations"),
                ],
            ),
            *([] if who.user_id is None else [_account(who)]),
            views_dialog.saving(who),
            views_dialog.managing(views, who),
            annotations_dialog.dialog(who),
        ],
    )


def view_items(views: Sequence[View]) -> list[Component]:
    """The part of the menu that lists views, each a link."""
    made: list[Component] = []
    for title, shared in (("For everybody", True), ("Only yours", False)):
        found = [html.Li(dcc.Link(view.name, href=view.href)) for view in views if view.shared == shared]
        made += [html.P(title, className="quiet"), html.Ul(found)] if found else []
    return made or [html.P("No saved view yet: set the page up as you like it, and save it.", className="quiet")]


def _account(who: Visitor) -> Component:
    change = html.A("Another password", href="/login/password", className="item")
    return _drop(
        html.Summary(who.name, id="people-account", title="Account"),
        [
            html.P(f"{who.name}, {who.role}", className="quiet"),
            *([change] if who.method == "password" else []),
            _item("Log out", "people-logout"),
        ],
    )


def _drop(summary: Component, children: Sequence[Component]) -> Component:
    return html.Details([summary, html.Div(children, className="drop-panel")], className="drop")


def _item(words: str, ident: str, more: str = "", **data: str) -> Component:
    return html.Button(words, id=ident, type="button", className=f"item {more}".strip(), **views_dialog.marked(**data))
