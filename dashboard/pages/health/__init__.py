"""This package owns the page Health."""

from dashboard.pages.page import Page

PAGE = Page(path="/health", title="Health", panels=(), key="h")
