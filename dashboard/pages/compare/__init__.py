"""This package owns the page Compare."""

from dashboard.pages.page import Page

PAGE = Page(path="/compare", title="Compare", panels=(), key="v")
