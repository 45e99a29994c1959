"""This module owns the callbacks of all panels: one for each, which looks, fills, and says in words what went wrong."""

import hashlib
import logging
from collections.abc import Sequence
from typing import Any

import duckdb
from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard import errors, numbers
from dashboard.config import Settings
from dashboard.exporting import file_name
from dashboard.filtering import where
from dashboard.look import Look, looking
from dashboard.pages.page import Page
from dashboard.panels.frames import framed
from dashboard.panels.grids import column_defs, height, row_data
from dashboard.panels.panel import Answer, Drawn, Panel, Rows
from dashboard.panels.tables import table
from dashboard.people.header import ANNOTATED, EDITED
from dashboard.people.marking import marked

log = logging.getLogger("whichad.dashboard")
# What each shape of panel fills, after `trouble` and `foot`: (id's ending, property).
_FILLS: dict[str, tuple[tuple[str, str], ...]] = {
    "figure": (("", "figure"), ("-caption", "children"), ("-table", "children")),
    "grid": (("", "columnDefs"), ("", "rowData"), ("", "style"), ("-caption", "children")),
    "words": (("", "children"),),
}
SHOWN = "data-shown"  # an attribute of a panel that people type into: the mark of its words
_FILTER_WORDS = {"text": "the text search", "ad": "the ad", "account": "the account"}


def register(app: Dash, settings: Settings, panel: Panel) -> None:
    """Add the panel's callback: on a new view, a new version, another scheme (figures), and a retry."""
    outputs = [Output(f"{panel.name}-trouble", "children"), Output(f"{panel.name}-foot", "children")]
    outputs += [Output(panel.name + ending, what) for ending, what in _FILLS[panel.shape]]
    is_form = panel.shape == "words" and bool(panel.kept_in)  # people type there, and tick, and open what is folded
    outputs += [Output(panel.name, SHOWN)] if is_form else []
    # A grid and words are recoloured by CSS variables; only a figure is drawn again.
    scheme = Input("scheme", "data") if panel.shape == "figure" else State("scheme", "data")

    @app.callback(
        *outputs,
        Input(panel.view, "data"),
        Input("version", "data"),
        scheme,
        Input(f"{panel.name}-retry", "n_clicks", allow_optional=True),
        *([Input(ANNOTATED, "data")] if panel.shape == "figure" or panel.kept_in else []),
        *([Input(EDITED, "data")] if panel.kept_in else []),
        *([State(panel.name, SHOWN)] if is_form else []),
    )
    def fill(view: str | None, _version: str, scheme: str | None, *more: object) -> tuple[Any, ...]:
        """The panel at the newest version, or the sentence why not."""
        if view is None or (scheme is None and panel.shape == "figure"):
            raise PreventUpdate  # the browser has not yet said what it shows
        answer = filled(settings, panel, view, scheme)
        return left_alone(answer, more[-1]) if is_form else answer

    if panel.pickable:
        app.clientside_callback(  # type: ignore[no-untyped-call]
            ClientsideFunction("whichad", "tick"),
            Output(panel.name, "selectedRows"),
            Input("view", "data"),
            Input(panel.name, "rowData"),
        )


def register_late(app: Dash, panels: Sequence[Panel]) -> None:
    """Add the callbacks that make a late panel's frame when it comes near the screen; its own then fills it."""
    late = {panel.name: panel for panel in panels if panel.late}
    app.clientside_callback(  # type: ignore[no-untyped-call]
        ClientsideFunction("whichad", "near"), Output("near", "data"), Input({"late": ALL}, "id")
    )

    @app.callback(
        Output({"late": MATCH}, "children"),
        Input({"late": MATCH}, "n_clicks"),
        State({"late": MATCH}, "id"),
        prevent_initial_call=True,
    )
    def make(near: int | None, ident: dict[str, str]) -> Component:
        """The panel's frame."""
        if not near or ident.get("late") not in late:
            raise PreventUpdate
        return framed(late[ident["late"]])


def register_head(app: Dash, settings: Settings, page: Page) -> None:
    """Add the callback of what stands above a page's panels."""

    @app.callback(
        Output(f"{page.name}-head", "children"),
        Input("view", "data"),
        Input("version", "data"),
        Input("scheme", "data"),
    )
    def head(view: str | None, _version: str, scheme: str | None) -> Component:
        """The head at the newest version; an error is a toast (see app.py on_error)."""
        if view is None or scheme is None or page.head is None:
            raise PreventUpdate
        return page.head(looking(settings, view, scheme))


def register_period(app: Dash, settings: Settings) -> None:
    """Add the callback of the words under a page's title: its days, and what they are compared with."""

    @app.callback(Output("period", "children"), Input("view", "data"), Input("version", "data"), Input("shown", "data"))
    def words(view: str | None, _version: str, _shown: Any) -> str:
        """The period in words."""
        if view is None:
            raise PreventUpdate
        return period_words(looking(settings, view))


def period_words(look: Look) -> str:
    """`20–26 Nov 2026, compared with 13–19 Nov 2026. Today is not over. Days of America/Los_Angeles, money in USD.`"""
    words = numbers.days_between(look.period.first, look.period.last)
    if look.before is not None:
        words += f", compared with {numbers.days_between(look.before.first, look.before.last)}"
    elif look.state.vs != "none" and look.state.period != "all":
        words += ". The data does not reach back to a period to compare with"
    if look.period.last == look.fresh.today:
        words += ". Today is not over"
    return f"{words}. Days of {look.fresh.zone.key}, money in {look.fresh.currency}."


def filled(settings: Settings, panel: Panel, view: str, scheme: str | None) -> tuple[Any, ...]:
    """What the callback answers: trouble, foot, then what the shape fills. What a panel raises becomes words."""
    try:
        look = looking(settings, view, scheme)
        answer = panel.fill(look)
        return ("", foot(look, panel), *_parts(panel, answer, look))
    except PreventUpdate:
        raise
    except Exception as error:
        log.error("panel %s failed: %s", panel.name, error, exc_info=error)
        return (_trouble(panel, error), no_update, *[no_update] * len(_FILLS[panel.shape]))


def left_alone(answer: tuple[Any, ...], shown: object) -> tuple[Any, ...]:
    """The same with the mark of its words; where they are those that stand there, they are not put there again.

    They would close what is open, and take the cursor from who types: with each version, every few seconds.
    """
    *first, children = answer
    if children is no_update:
        return (*answer, no_update)
    made = hashlib.sha256(repr(children).encode()).hexdigest()[:16]
    return (*first, no_update if made == shown else children, made)


def foot(look: Look, panel: Panel) -> Sequence[Component | str]:
    """Which mart serves the panel, and which of the visitor's filters it cannot apply."""
    if panel.kept_in:
        return ["From ", html.Code(panel.kept_in), ": neither period nor filters apply"]
    try:
        lacking = tuple(name for name in where(look, panel.mart).unserved if name not in panel.serves)
    except duckdb.Error:
        lacking = ()
    words: list[Component | str] = ["From ", html.Code(panel.mart)]
    if lacking:
        names = ", ".join(_FILTER_WORDS.get(name, f"the {name}") for name in lacking)
        words.append(html.Strong(f" · not filtered by {names}: this mart does not have it"))
    return words


def _parts(panel: Panel, answer: Answer, look: Look) -> tuple[Any, ...]:
    if isinstance(answer, Drawn):
        answer = marked(answer, look) if panel.timeline else answer
        # Not a part of the drawing: assets/export.js names the picture as the CSV is named.
        answer.figure.update_layout(meta={"file": file_name(panel, look, "png")})
        return answer.figure, answer.caption, table(answer.table, panel.title)
    if isinstance(answer, Rows):
        rows = row_data(answer, look.fresh.currency)
        style = {"height": height(panel, len(rows))}
        return column_defs(panel, answer, look.state.sort), rows, style, answer.note if rows else answer.empty
    return (list(answer.children),)


def _trouble(panel: Panel, error: Exception) -> list[Component]:
    retry = html.Button("Try again", id=f"{panel.name}-retry", type="button", className="tool")
    return [html.Span(errors.sentence(error)), retry]
