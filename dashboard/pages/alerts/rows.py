"""This module owns the rows of the page Alerts: words with buttons beside them, and times as people read them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from dash import html
from dash.development.base_component import Component

from analytics.alerts.store import moment
from dashboard import numbers
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


def sure(words: str, question: str, inner: Component) -> Component:
    """What cannot be undone, one step further away."""
    return html.Details([html.Summary(words, className="tool"), html.P(question, className="quiet"), inner],
                        className="alert-sure")  # fmt: skip


def badge(words: str, tone: str) -> Component:
    """A state in a word; `tone` (fine, wrong, quiet) only colours what the word says."""
    return html.Span(words, className=f"alert-state {tone}")


def ago(at_ms: int | None) -> str:
    """`3 min ago`, from a time of the store."""
    return "never" if at_ms is None else numbers.age(moment(at_ms), datetime.now(UTC))


def when(at_ms: int) -> str:
    """`27 Nov 2026, 08:00 UTC`."""
    at = moment(at_ms)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def only_editors(deed: str) -> Component:
    """What a viewer reads in place of a form."""
    return html.P(f"Editors can {deed} here; you can look.", className="quiet")
