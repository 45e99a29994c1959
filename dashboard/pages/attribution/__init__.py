"""This package owns the page Attribution."""

from dashboard.pages.page import Page

PAGE = Page(path="/attribution", title="Attribution", panels=(), key="a")
