"""This module owns the controls of the creatives page: window, filters, text; their ids are the URL's names."""

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.components.aria import aria
from dashboard.marts import Choices
from dashboard.state import WINDOWS, State, days_word
from dashboard.words import MEASURES

CONTROLS = ("days", "network", "campaign", "country", "q", "metric")
_SEARCH_WAIT_MS = 350


def controls(state: State, choices: Choices) -> Component:
    """The row of controls, set to `state`."""
    return html.Div(
        className="controls",
        role="search",
        **aria(label="Window and filters"),
        children=[
            dmc.SegmentedControl(
                id="days",
                value=days_word(state.days),
                data=[{"value": days_word(days), "label": f"{days} d" if days else "All"} for days in WINDOWS],
                className="windows",
                **aria(label="Days"),
            ),
            _select("network", "All networks", state.network, choices.networks),
            _select("campaign", "All campaigns", state.campaign, choices.campaigns),
            _select("country", "All countries", state.country, choices.countries),
            dmc.TextInput(
                id="q",
                value=state.text or "",
                placeholder="Search the creative's text",
                debounce=_SEARCH_WAIT_MS,
                className="search",
                **aria(label="Search the creative's text"),
            ),
        ],
    )


def metric_choice(metric: str, offered: Sequence[str]) -> Component:
    """What the trend draws."""
    made: Component = dmc.SegmentedControl(
        id="metric",
        value=metric,
        data=[{"value": key, "label": MEASURES[key].title} for key in offered],
        size="xs",
        **aria(label="Metric of the trend"),
    )
    return made


def _select(name: str, placeholder: str, value: str | None, options: Sequence[str]) -> Component:
    made: Component = dmc.Select(
        id=name,
        value=value,
        data=list(options),
        placeholder=placeholder,
        clearable=True,
        searchable=True,
        nothingFoundMessage="None of that name",
        clearButtonProps={"aria-label": f"Clear: {placeholder.lower()}"},
        className="filter",
        **aria(label=name.capitalize()),
    )
    return made
