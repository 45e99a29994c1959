"""This module owns what a page is: a path, a title, its panels, and which controls it shows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dash import Dash, html
from dash.development.base_component import Component

from dashboard.config import Settings
from dashboard.look import Look
from dashboard.panels.frames import placed
from dashboard.panels.panel import Panel


@dataclass(frozen=True)
class Page:
    """One page. `controls` are the extra ones it shows (controls.py EXTRAS); `lead` is the sentence under its
    title; `head` stands above the panels and is made again when the visitor looks at something else; `register` adds
    callbacks of its own, where a page really needs one; `key` is its keyboard shortcut after `g`; `choices` gives the
    (value, label) pairs of extra controls whose options depend on the data: rule, window, of, metric; `in_use` says
    what is drawn while such a control is not set: the control names it.
    """

    path: str
    title: str
    panels: Sequence[Panel]
    controls: Sequence[str] = ()
    lead: str = ""
    head: Callable[[Look], Component] | None = None
    register: Callable[[Dash, Settings], None] | None = None
    key: str = ""
    needs_creatives: bool = True  # without any, the page teaches how to send the first
    choices: Mapping[str, Callable[[Look], Sequence[tuple[str, str]]]] = field(default_factory=dict)
    in_use: Mapping[str, Callable[[Look], str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name in ids: `overview` for `/`."""
        return self.path.strip("/") or "overview"


def layout(page: Page) -> Component:
    """The page with its frames, still empty: each panel's callback fills its own."""
    return html.Div(
        className=f"page page-{page.name}",
        children=[
            html.Div(
                className="page-head",
                children=[
                    html.H1(page.title),
                    html.P(id="period", className="quiet", role="status"),
                ],
            ),
            *([html.P(page.lead, className="lead")] if page.lead else []),
            html.Div(id=f"{page.name}-head", className="head"),
            html.Div([placed(panel) for panel in page.panels], className="panels"),
        ],
    )
