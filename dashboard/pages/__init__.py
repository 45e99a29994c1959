"""Pages owns the list of pages: the architecture of the dashboard, in the order of its navigation."""

from dashboard.pages import creatives

PAGES = (creatives.PAGE,)
