"""This package owns the page Funnel."""

from dashboard.pages.page import Page

PAGE = Page(path="/funnel", title="Funnel", panels=(), key="f")
