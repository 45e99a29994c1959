"""This module owns the fields of the page's forms. What is half typed outlives the next version of the data."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from analytics.alerts.kinds import KINDS, TEST
from dashboard.components.aria import aria

LINE_MAX = 60  # of what is typed into a field of one line
KEPT = {"persistence": True, "persistence_type": "memory"}


def text(ident: str, label: str, placeholder: str, value: str = "", most: int = LINE_MAX) -> Component:
    """A line to type."""
    made: Component = dmc.TextInput(
        id=ident, label=label, placeholder=placeholder, value=value, debounce=0,
        attributes={"input": {"maxLength": most, "autoComplete": "off"}}, **KEPT,
    )  # fmt: skip
    return made


def select(ident: str, label: str, options: Sequence[tuple[str, str]], value: str | None, none: str = "") -> Component:
    """One of these; where nothing is chosen `none` says what that means, and it can be cleared."""
    made: Component = dmc.Select(
        id=ident, label=label, value=value, clearable=bool(none), allowDeselect=bool(none), placeholder=none,
        data=[{"value": given, "label": words} for given, words in options],
        clearButtonProps=aria(label=f"Clear: {label}"), **KEPT,
    )  # fmt: skip
    return made


def events(ident: Any, chosen: Sequence[str]) -> Component:
    """The events that an endpoint can be told of, to tick."""
    ticks = [dmc.Checkbox(value=kind.name, label=f"{kind.name}: {kind.what}") for kind in KINDS if kind.name != TEST]
    made: Component = dmc.CheckboxGroup(
        id=ident, label="None ticked: all of them", value=[*chosen], className="alert-choice", **KEPT,
        children=html.Div(ticks, className="alert-ticks"),
    )  # fmt: skip
    return made
