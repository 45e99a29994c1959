"""This module owns the rows of the page Alerts: words with buttons beside them, and times as people read them."""

from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.alerts.store import moment
from dashboard.components.aria import aria

Words = Component | str


def rows(found: Sequence[Component], empty: str) -> Component:
    """A list of rows, or the sentence for none."""
    return html.Ul(found, className="alert-rows") if found else html.P(empty, className="quiet")


def row(head: Sequence[Words], lines: Sequence[Sequence[Words]], deeds: Sequence[Component]) -> Component:
    """One row: its head, quieter lines beneath, and what one can do."""
    words = [html.Div(head, className="alert-head"), *(html.Div(line, className="quiet") for line in lines if line)]
    parts = [html.Div(words, className="alert-words")]
    return html.Li([*parts, *([html.Div(deeds, className="alert-deeds")] if deeds else [])], className="alert-row")


def button(words: str, kind: str, deed: str, ident: str, about: str) -> Component:
    """A button that does `deed` to the row `ident`; `about` names the row for who does not see it."""
    made: Any = html.Button
    found: Component = made(
        words, id={"type": f"alert-{kind}", "deed": deed, "id": ident}, type="button", className="tool",
        **aria(label=f"{words}: {about}"),
    )  # fmt: skip
    return found


def opened(words: str, about: str, before: Words, inner: Sequence[Component]) -> Component:
    """What takes one step more, since it cannot be undone or asks for a choice; `about` as of `button`."""
    summary = html.Summary(words, className="tool", **aria(label=f"{words}: {about}"))
    deeds = html.Div(inner, className="alert-deeds")
    return html.Details([summary, html.P(before, className="quiet"), deeds], className="alert-opened")


def badge(words: str, tone: str) -> Component:
    """A state in a word; `tone` (fine, wrong, quiet) only colours what the word says."""
    return html.Span(words, className=f"alert-state {tone}")


def when(at_ms: int) -> str:
    """`27 Nov 2026, 08:00 UTC`."""
    at = moment(at_ms)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def only_editors(deed: str) -> Component:
    """What a viewer reads in place of a form."""
    return html.P(f"Editors can {deed} here; you can look.", className="quiet")
