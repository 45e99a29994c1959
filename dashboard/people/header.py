"""This module owns the people's corner of the header: the menu of saved views and annotations, and the account."""

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.aria import aria
from dashboard.config import Settings
from dashboard.people import annotations_dialog, views_dialog
from dashboard.people.store import reading
from dashboard.people.views import View, listed
from dashboard.people.visitor import Visitor

EDITED = "edited"  # a store that changes when somebody here saved something: what shows it draws again


def menu(settings: Settings, who: Visitor) -> Component:
    """The corner for a visitor, with its dialogs, which are closed."""
    with reading(settings.data_dir) as connection:
        views = listed(connection, who)
    return html.Div(
        className="people",
        children=[
            dcc.Store(id=EDITED, data=""),
            _views_menu(views),
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
        found = [view for view in views if view.shared == shared]
        made += [dmc.MenuLabel(title)] if found else []
        made += [dmc.MenuItem(view.name, href=view.href, className="view-item") for view in found]
    return made or [dmc.MenuLabel("No saved view yet. Set the page up as you like it, then save it under a name.")]


def _views_menu(views: Sequence[View]) -> Component:
    made: Component = dmc.Menu(
        position="bottom-end",
        width=300,
        shadow="md",
        children=[
            dmc.MenuTarget(dmc.Button("Views", id="people-button", variant="default", size="sm")),
            dmc.MenuDropdown(
                [
                    html.Div(view_items(views), id="people-views", className="view-items"),
                    dmc.MenuDivider(),
                    dmc.MenuItem("Save this view…", id="people-save"),
                    dmc.MenuItem("Manage views…", id="people-manage"),
                    dmc.MenuDivider(),
                    dmc.MenuItem("Annotations…", id="people-annotate"),
                ]
            ),
        ],
    )
    return made


def _account(who: Visitor) -> Component:
    change = dmc.MenuItem("Another password", href="/login/password", refresh=True)
    made: Component = dmc.Menu(
        position="bottom-end",
        shadow="md",
        children=[
            dmc.MenuTarget(
                dmc.Button(
                    who.name,
                    id="people-account",
                    variant="subtle",
                    size="sm",
                    className="account",
                    **aria(label="Account"),
                )
            ),
            dmc.MenuDropdown(
                [
                    dmc.MenuLabel(f"{who.name}, {who.role}"),
                    *([change] if who.method == "password" else []),
                    dmc.MenuItem("Log out", id="people-logout"),
                ]
            ),
        ],
    )
    return made
