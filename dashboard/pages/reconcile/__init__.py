"""This package owns the page Reconcile."""

from dashboard.pages.page import Page

PAGE = Page(path="/reconcile", title="Reconcile", panels=(), key="r")
