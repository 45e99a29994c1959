"""Pages owns the list of pages, in the order of the navigation; each page is a folder with its queries and figures."""

from dashboard.pages.alerts import PAGE as ALERTS
from dashboard.pages.attribution import PAGE as ATTRIBUTION
from dashboard.pages.compare import PAGE as COMPARE
from dashboard.pages.creative import PAGE as CREATIVE
from dashboard.pages.dictionary import PAGE as DICTIONARY
from dashboard.pages.funnel import PAGE as FUNNEL
from dashboard.pages.health import PAGE as HEALTH
from dashboard.pages.overview import PAGE as OVERVIEW
from dashboard.pages.page import Page
from dashboard.pages.reconcile import PAGE as RECONCILE

PAGES: tuple[Page, ...] = (OVERVIEW, CREATIVE, COMPARE, ATTRIBUTION, FUNNEL, RECONCILE, HEALTH, ALERTS, DICTIONARY)
