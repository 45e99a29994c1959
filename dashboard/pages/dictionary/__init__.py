"""This package owns the page Data dictionary."""

from dashboard.pages.page import Page

PAGE = Page(path="/dictionary", title="Data dictionary", panels=(), key="d")
