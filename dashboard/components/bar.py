"""This module owns how the bar of controls is laid out: periods, comparison, filters, search, and what a page adds."""

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.components.aria import aria
from dashboard.components.controls import EXTRAS, PERIODS
from dashboard.filtering import SERVED_BY
from dashboard.state import NAMED, State
from dashboard.words import MEASURES, VERDICTS

_SEARCH_WAIT_MS = 350
_OPTIONS_MAX = 100
_PRESETS = {"today": "Today", "yesterday": "Yesterday", "month": "This month", "lastmonth": "Last month"}
_COMPARED = {"previous": "vs. period before", "weekdays": "vs. same weekdays", "year": "vs. a year ago",
             "none": "no comparison"}  # fmt: skip
_PLURALS = {"country": "countries"}
_NAMED = {"metric": "Metric", "rule": "Rule", "window": "Window"}
_MORE = ("account", "ad", "sender", "device", "verdict")


def bar() -> Component:
    """The whole bar in the default state; a callback sets it as the URL says."""
    return html.Div(
        id="controls",
        className="controls",
        role="search",
        **aria(label="Period and filters"),
        children=html.Div(
            id="folding",
            className="folding folded",  # on a phone; elsewhere all is in sight
            children=[
                html.Div(
                    [
                        dmc.SegmentedControl(
                            id="c-days",
                            value=State.period,
                            data=[{"value": value, "label": label} for value, label in PERIODS],
                            className="windows",
                            **aria(label="Days up to today"),
                        ),
                        _fold(),
                        _select("preset", "Other periods", [(name, _PRESETS[name]) for name in NAMED]),
                        _range(),
                        _select("vs", "Comparison", list(_COMPARED.items()), clearable=False, value=State.vs),
                        _search(),
                    ],
                    className="control-row",
                ),
                html.Div(
                    [
                        *(_filter(name) for name in ("network", "campaign", "country")),
                        *(_extra(name) for name in EXTRAS),
                        _more(),
                    ],
                    className="control-row",
                ),
            ],
        ),
    )


def _fold() -> Component:
    """What unfolds the controls on a phone, with how many filters are set."""
    words: list[Component | str] = ["Filters", html.Span(id="fold-set", className="badge")]
    expanded = aria(expanded="false", controls="folding")
    made: Component = html.Button(words, id="fold", type="button", className="fold", **expanded)
    return made


def labelled(name: str, values: Sequence[str]) -> list[dict[str, str]]:
    """The options of a filter; verdicts have words of their own."""
    return [{"value": value, "label": VERDICTS[value][0] if name == "verdict" else value} for value in values]


def _more() -> Component:
    summary = html.Summary(["More filters", html.Span(id="more-set", className="badge")])
    return html.Details(
        [summary, html.Div([_filter(name) for name in _MORE], className="more")], className="more-filters"
    )


def _filter(name: str) -> Component:
    plural = _PLURALS.get(name, f"{name}s")
    options = [(value, VERDICTS[value][0]) for value in VERDICTS] if name == "verdict" else []
    return html.Div(_select(name, f"All {plural}", options), title=f"Filters by {SERVED_BY[name]} of each panel's mart")


def _extra(name: str) -> Component:
    """A control that only some pages show; its options come from the page's callback or stand here."""
    fixed: dict[str, list[tuple[str, str]]] = {
        "metric": [(key, measure.title) for key, measure in MEASURES.items()],
        "by": [("day", "by day"), ("hour", "by hour")],
        "basis": [("event", "by day of conversion"), ("click", "by day of click")],
    }
    optional = name in ("rule", "window", "of")
    words = {"metric": "Metric", "by": "Day or hour", "rule": "Rule", "window": "Window of the rule", "of": "What",
             "basis": "Day of conversion or click"}[name]  # fmt: skip
    defaults = {"metric": State.metric, "by": State.by, "basis": State.basis}
    # What it is of stands before its value: a rule's name says little alone.
    named = {"leftSection": html.Span(_NAMED[name]), "leftSectionWidth": 64} if name in _NAMED else {}
    control = _select(name, words, fixed.get(name, []), clearable=optional, value=defaults.get(name), **named)
    return html.Div(control, className=f"extra extra-{name}")


def _select(
    name: str,
    placeholder: str,
    options: Sequence[tuple[str, str]],
    clearable: bool = True,
    value: str | None = None,
    **more: Any,
) -> Component:
    made: Component = dmc.Select(
        id=f"c-{name}",
        value=value,
        data=[{"value": given, "label": label} for given, label in options],
        placeholder=placeholder,
        clearable=clearable,
        allowDeselect=clearable,
        searchable=True,
        limit=_OPTIONS_MAX,
        nothingFoundMessage="None of that name",
        clearButtonProps={"aria-label": f"Clear: {placeholder.lower()}"},
        comboboxProps={"width": "max-content", "position": "bottom-start"},
        className="filter",
        **more,
        **aria(label=placeholder),
    )
    return made


def _range() -> Component:
    made: Component = dmc.DatePickerInput(
        id="c-dates",
        type="range",
        placeholder="Pick dates",
        valueFormat="D MMM YYYY",
        allowSingleDateInRange=True,
        clearable=True,
        firstDayOfWeek=1,
        className="dates",
        clearButtonProps=aria(label="Clear the dates"),
        ariaLabels={
            "previousMonth": "Previous month", "nextMonth": "Next month", "previousYear": "Previous year",
            "nextYear": "Next year", "previousDecade": "Previous decade", "nextDecade": "Next decade",
            "monthLevelControl": "Choose a month", "yearLevelControl": "Choose a year",
        },
        **aria(label="Dates of the period"),
    )  # fmt: skip
    return made


def _search() -> Component:
    made: Component = dmc.TextInput(
        id="c-q",
        value="",
        placeholder="Search the creative's text",
        debounce=_SEARCH_WAIT_MS,
        className="search",
        **_described("Search the creative's text ( / )"),
    )
    return made


def _described(label: str) -> dict[str, Any]:
    return aria(label=label)
