"""This package owns the page Creative."""

from dashboard.pages.page import Page

PAGE = Page(path="/creative", title="Creative", panels=(), key="c")
