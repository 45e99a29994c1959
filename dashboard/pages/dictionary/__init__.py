"""This module owns the page Data dictionary: every mart, column and metric, as the published file itself says."""

from dashboard.look import Look
from dashboard.pages.dictionary import catalog
from dashboard.pages.dictionary.panels import PANELS
from dashboard.pages.page import Page


def marts(look: Look) -> list[tuple[str, str]]:
    """The marts to choose from."""
    return [(mart.name, mart.name) for mart in catalog.marts(look.real)]


PAGE = Page(
    path="/dictionary",
    title="Data dictionary",
    lead="What every table, column and metric means, read from the comments of the file that is published now. "
    "The text search above looks through all of it.",
    panels=PANELS,
    controls=("of",),
    choices={"of": marts},
    key="d",
    needs_creatives=False,
)
