"""This package owns the page Funnel: how far clicks come, how long goals take, what is still to come."""

from dashboard.pages.funnel.panels import PANELS
from dashboard.pages.page import Page

PAGE = Page(
    path="/funnel",
    title="Funnel",
    lead="How far clicks come, how long goals take, and how much of a day's money is still to come.",
    panels=PANELS,
    key="f",
)
