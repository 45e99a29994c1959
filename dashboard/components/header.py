"""This module owns the top of every page: the name, the pages, how fresh the data is, help, the scheme."""

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.aria import aria
from dashboard.live import Pulse
from dashboard.pages.page import Page


def header(beat: Pulse, pages: Sequence[Page], menu: Component | None = None) -> Component:
    """The header for the pulse at the time the page is loaded; a clientside callback keeps it true.

    `menu` is the visitor's own: saved views, annotations, the account.
    """
    name = [html.Span("whichad", className="brand-name"), html.Span("Which ad performs?")]
    brand = dcc.Link(name, href="/", className="brand")
    facts = html.Div(
        className="top-facts",
        children=[
            html.Span(beat.as_of, id="as-of", className="as-of"),
            html.Span(beat.live, id="live", className=beat.live_class, role="status"),
            menu,
            html.Button("?", id="help-open", type="button", className="round", title="Keyboard shortcuts ( ? )",
                        **aria(label="Keyboard shortcuts")),
            dmc.ColorSchemeToggle(
                id="toggle",
                variant="default",
                size="lg",
                lightIcon=html.Span("☀", className="glyph"),
                darkIcon=html.Span("☾", className="glyph"),
                **aria(label="Switch between light and dark"),
            ),
        ],
    )  # fmt: skip
    banner = html.Div(beat.banner, id="banner", className="banner", role="alert", hidden=not beat.banner)
    skip = html.A("Skip to the numbers", href="#body", className="skip")
    return html.Header(
        [skip, html.Div([brand, facts], className="top-row"), navigation(pages), banner], className="top"
    )


def navigation(pages: Sequence[Page]) -> Component:
    """The links to the pages; the browser adds the period and filters, and marks where one is."""
    links = [
        dcc.Link(page.title, href=page.path, className="nav-link", id={"nav": page.path}, title=f"g then {page.key}")
        for page in pages
    ]
    return html.Nav(links, className="nav", **aria(label="Pages"))


def help_sheet(pages: Sequence[Page]) -> Component:
    """The keyboard shortcuts, in a dialog that the browser opens with `?`."""
    keys = [
        ("/", "search the creatives' text"),
        *((f"g {page.key}", f"go to {page.title}") for page in pages),
        ("1 … 6", "1, 3, 7, 14, 28 days, all"),
        ("t", "light or dark"),
        ("x", "clear all filters"),
        ("Enter", "in a grid: open the row's creative or detail"),
        ("Space", "in a grid: pick the row"),
        ("Ctrl + ← →", "in a grid: first and last column"),
        ("Esc", "close this"),
        ("?", "this sheet"),
    ]
    lines = [html.Div([html.Dt(html.Kbd(key)), html.Dd(what)]) for key, what in keys]
    made: Component = dmc.Modal(
        id="help",
        title="Keyboard shortcuts",
        opened=False,
        children=html.Dl(lines, className="keys"),
        closeButtonProps=aria(label="Close"),
    )
    return made
