"""This package owns the page Health: what to fix, whether everything arrives, and in what state."""

from dashboard.pages.health.arrival_panels import PANELS as ARRIVAL
from dashboard.pages.health.arrival_panels import SENDERS
from dashboard.pages.health.edits import PANEL as EDITS
from dashboard.pages.health.running import PANELS as RUNNING
from dashboard.pages.health.text_panels import PANELS as TEXTS
from dashboard.pages.page import Page

PAGE = Page(
    path="/health",
    title="Health",
    lead="What to fix first, whether everything arrives, and in what state the ad texts come.",
    panels=(*RUNNING, SENDERS, *TEXTS, *ARRIVAL, EDITS),
    key="h",
    needs_creatives=False,
)
