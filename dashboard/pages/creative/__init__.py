"""This package owns the page Creative: one ad text, whole: how it earns, where, since when, and how one knows."""

from dashboard.pages.creative import callbacks, head, measures
from dashboard.pages.creative.panels import PANELS
from dashboard.pages.page import Page

PAGE = Page(
    path="/creative",
    title="Creative",
    key="c",
    head=head.head,
    controls=("metric",),
    choices={"metric": measures.choices},
    register=callbacks.register,
    panels=PANELS,
)
