"""This package owns the page Data dictionary: every mart, column and metric, as the published file itself says."""

from dash.development.base_component import Component

from dashboard.components.choices import choices
from dashboard.look import Look
from dashboard.pages.dictionary.panels import PANELS, chosen
from dashboard.pages.page import Page


def marts(look: Look) -> Component:
    """The mart whose columns are shown, and the way back to all."""
    mart = chosen(look)
    return choices(PAGE.path, look.state, [(None, "All marts"), *([(mart, mart)] if mart else [])], mart)


PAGE = Page(
    path="/dictionary",
    title="Data dictionary",
    lead="What every table, column and metric means, read from the comments of the file that is published now. "
    "The text search above looks through all of it.",
    panels=PANELS,
    head=marts,
    key="d",
    needs_creatives=False,
)
