"""This package owns the page Alerts: who is told of what, under which rules, what was told, and how that went."""

from dashboard.pages.alerts import acting
from dashboard.pages.alerts.endpoints import PANEL as ENDPOINTS
from dashboard.pages.alerts.events import PANELS as EVENTS
from dashboard.pages.alerts.rules import PANEL as RULES
from dashboard.pages.page import Page

PAGE = Page(
    path="/alerts",
    title="Alerts",
    lead="Who is told when something happens, of what, and how that went.",
    panels=(ENDPOINTS, RULES, *EVENTS),
    register=acting.register,
    key="n",
    needs_creatives=False,
)
