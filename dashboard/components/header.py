"""This module owns the top of every page: the name, how fresh the data is, the live mark, the scheme toggle."""

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.components.aria import aria
from dashboard.live import Pulse


def header(beat: Pulse, corner: Component) -> Component:
    """The header for the pulse at the time the page is loaded; a clientside callback keeps it true.

    `corner` is the people's: saved views, and the account.
    """
    name = [html.Span("whichad", className="brand-name"), html.Span("Which ad performs?")]
    brand = html.A(name, href="/", className="brand")
    facts = html.Div(
        className="top-facts",
        children=[
            html.Span(beat.as_of, id="as-of", className="as-of"),
            html.Span("Live", id="live", className="live", role="status"),
            corner,
            dmc.ColorSchemeToggle(
                id="toggle",
                variant="default",
                size="lg",
                lightIcon=html.Span("☀", className="glyph"),
                darkIcon=html.Span("☾", className="glyph"),
                **aria(label="Switch between light and dark"),
            ),
        ],
    )
    banner = html.Div(beat.banner, id="banner", className="banner", role="alert", hidden=not beat.banner)
    return html.Header([html.Div([brand, facts], className="top-row"), banner], className="top")
