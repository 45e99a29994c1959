"""This module owns the panel of merges: what counts as this creative and why, and an editor's way to change that."""

from dash import Dash, html

from dashboard.config import Settings
from dashboard.look import Look
from dashboard.pages.creative.choosing import nothing_said
from dashboard.pages.creative.chosen import chosen
from dashboard.panels.panel import Words


def fill(look: Look) -> Words:
    """The panel."""
    creative = chosen(look)
    if creative is None:
        return nothing_said()
    return Words([html.P("To come.")])


def register(app: Dash, settings: Settings) -> None:
    """The page's own callbacks."""
