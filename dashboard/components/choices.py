"""This module owns a row of links of which one is chosen: what a page lets one choose, all of it in sight."""

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.aria import aria
from dashboard.state import State, link


def choices(path: str, state: State, offered: Sequence[tuple[str | None, str]], chosen: str | None) -> Component:
    """Links to the same page with another `of`; `offered` are (value, words), `chosen` is the value in force.

    The item, not its link, says that it is the current one: dcc.Link takes no ARIA.
    """
    items = [
        html.Li(
            dcc.Link(words, href=link(path, state, of=value)),
            className="choice",
            **(aria(current="true") if value == chosen else {}),
        )
        for value, words in offered
    ]
    return html.Nav(html.Ul(items, className="choices"), **aria(label="What is shown"))
