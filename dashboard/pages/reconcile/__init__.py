"""This package owns the page Reconcile: who said what, what the gap is made of, and where all money went."""

from dash.development.base_component import Component

from dashboard.components.choices import choices
from dashboard.look import Look
from dashboard.pages.page import Page
from dashboard.pages.reconcile import gaps
from dashboard.pages.reconcile.gap_panels import PANELS as GAP_PANELS
from dashboard.pages.reconcile.money_panels import PANELS as MONEY_PANELS


def measures(look: Look) -> Component:
    """What can be reconciled here; of money in other currencies each of them."""
    offered = [(choice.key, choice.title) for choice in gaps.choices(look)]
    return choices(PAGE.path, look.state, offered, gaps.chosen(look).key)


PAGE = Page(
    path="/reconcile",
    title="Reconcile",
    lead="What the ad account, the feed, the shop or tracker and this page say of the same days, and why they differ.",
    panels=(*GAP_PANELS, *MONEY_PANELS),
    head=measures,
    key="r",
)
