"""This module owns the dialog of annotations: those of the last two years, and the form to write or change one."""

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.aria import aria
from dashboard.people.annotations import WORDS_MAX, Annotation
from dashboard.people.marking import told
from dashboard.people.views_dialog import modal
from dashboard.people.visitor import Visitor

LABELS = {
    "previousMonth": "Previous month", "nextMonth": "Next month", "previousYear": "Previous year",
    "nextYear": "Next year", "previousDecade": "Previous decade", "nextDecade": "Next decade",
    "monthLevelControl": "Choose a month", "yearLevelControl": "Choose a year",
}  # fmt: skip


def dialog(who: Visitor) -> Component:
    """The dialog; the list is filled when it is opened."""
    return modal(
        "annotations",
        "Annotations",
        [
            html.P("What happened on a day, for all who look at a figure over time.", className="quiet"),
            html.Div(id="annotations-rows", className="rows"),
            # Dash wants every output of a callback in the page; a viewer's form is there for nobody to see or reach.
            html.Div(_form(), hidden=not who.may_edit, className="form"),
            html.P("Writing takes an editor.", hidden=who.may_edit, className="quiet"),
            html.P(id="annotations-trouble", className="trouble", role="alert"),
        ],
    )


def rows(annotations: Sequence[Annotation], who: Visitor) -> list[Component]:
    """The newest first; an editor's have buttons."""
    if not annotations:
        return [html.P("None yet.", className="quiet")]
    return [_row(each, who.may_edit) for each in reversed(annotations)]


def _form() -> list[Component]:
    return [
        html.H3("Write one", id="annotation-title"),
        dcc.Store(id="annotation-id"),
        dmc.DatePickerInput(
            id="annotation-days",
            label="Day, or first and last day",
            type="range",
            allowSingleDateInRange=True,
            valueFormat="D MMM YYYY",
            firstDayOfWeek=1,
            ariaLabels=LABELS,
            popoverProps={"withRoles": False, "withinPortal": False},  # a portal lies behind the dialog
        ),
        dmc.Textarea(
            id="annotation-words",
            label="What happened",
            attributes={"input": {"maxLength": WORDS_MAX}},
            autosize=True,
            minRows=2,
        ),
        html.Div(
            [_scope("network", "All networks"), _scope("campaign", "All campaigns")],
            className="scopes",
        ),
        html.Div(
            [
                dmc.Button("Save", id="annotation-keep"),
                dmc.Button("Leave it", id="annotation-leave", variant="default", style={"display": "none"}),
            ],
            className="deeds",
        ),
    ]


def _scope(name: str, everywhere: str) -> Component:
    made: Component = dmc.Select(
        id=f"annotation-{name}",
        label=name.capitalize(),
        placeholder=everywhere,
        data=[],
        clearable=True,
        searchable=True,
        limit=100,
        nothingFoundMessage="None of that name",
        clearButtonProps=aria(label=f"Clear: {name}"),
        comboboxProps={"withinPortal": False},
    )
    return made


def _row(each: Annotation, may_edit: bool) -> Component:
    deeds = [
        dmc.Button(
            words, id={"type": f"annotation-{words.lower()}", "id": each.id}, size="xs", variant="default",
            **aria(label=f"{words}: {each.words[:60]}"),
        )
        for words in ("Change", "Delete")
    ]  # fmt: skip
    children = [html.Div(html.Span(told(each)), className="row-words")]
    return html.Div([*children, *([html.Div(deeds, className="row-deeds")] if may_edit else [])], className="row")
