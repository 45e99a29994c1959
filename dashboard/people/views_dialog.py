"""This module owns the two dialogs of saved views: keeping what the page shows now, and renaming or deleting."""

from collections.abc import Sequence
from typing import Any, cast

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.aria import aria
from dashboard.people.views import NAME_MAX, View
from dashboard.people.visitor import Visitor


def saving(who: Visitor) -> Component:
    """The dialog that asks for a name."""
    if who.user_id is None:
        scope: Component = html.P("Everybody who opens this dashboard will see it.", className="quiet")
    elif who.may_edit:
        scope = dmc.Checkbox(id="view-shared", label="For everybody, not only for me", checked=False)
    else:
        scope = html.P("Only you will see it: sharing takes an editor.", className="quiet")
    return modal(
        "view-save",
        "Save this view",
        [
            html.P("The page, its period, filters and choices, under a name.", className="quiet"),
            html.Div(
                dmc.TextInput(id="view-name", label="Name", attributes={"input": {"maxLength": NAME_MAX}}),
                **marked(first="yes"),
            ),
            scope,
            html.P(id="view-trouble", className="trouble", role="alert"),
            html.Div(dmc.Button("Save", id="view-keep"), className="deeds"),
        ],
    )


def managing(views: Sequence[View], who: Visitor) -> Component:
    """The dialog that lists them."""
    children = [
        html.Div(rows(views, who), id="views-rows", className="rows"),
        html.P(id="views-trouble", className="trouble", role="alert"),
    ]
    return modal("views-manage", "Saved views", children)


def rows(views: Sequence[View], who: Visitor) -> list[Component]:
    """A row for each view; what the visitor may not change is a link only."""
    return [_row(view, view.may_change(who)) for view in views] or [html.P("No saved view yet.", className="quiet")]


def modal(ident: str, title: str, children: list[Component]) -> Component:
    """A dialog that is closed: the browser's own, which traps focus, closes on Escape and gives focus back.

    What opens it is marked by `opens`; assets/people.js does the rest.
    """
    close = html.Button(
        "✕", type="button", className="dialog-close", title=f"Close: {title.lower()}", **marked(closes=ident)
    )
    head = html.Div([html.H2(title, id=f"{ident}-title"), close], className="dialog-head")
    body = html.Div([head, *children], className="dialog-body")
    return html.Dialog(body, id=ident, className="dialog", **cast(Any, aria(labelledby=f"{ident}-title")))


def marked(**data: str) -> Any:
    """`data-…` attributes for assets/people.js."""
    return {f"data-{name}": value for name, value in data.items()}


def _row(view: View, may_change: bool) -> Component:
    whose = f"for everybody, by {view.owner}" if view.shared else "only yours"
    link = html.Div([dcc.Link(view.name, href=view.href), html.Span(whose, className="quiet")], className="row-words")
    deeds = [
        dmc.TextInput(
            id=_id("view-rename", view), value=view.name, attributes={"input": {"maxLength": NAME_MAX}}, size="xs",
            **aria(label=f"New name of {view.name}"),
        ),
        _button("Rename", _id("view-renamed", view), view.name),
        _button("Delete", _id("view-delete", view), view.name),
    ]  # fmt: skip
    return html.Div([link, *([html.Div(deeds, className="row-deeds")] if may_change else [])], className="row")


def _button(words: str, ident: dict[str, Any], about: str) -> Component:
    made: Component = dmc.Button(words, id=ident, size="xs", variant="default", **aria(label=f"{words}: {about}"))
    return made


def _id(kind: str, view: View) -> dict[str, Any]:
    return {"type": kind, "id": view.id}
