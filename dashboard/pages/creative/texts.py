"""This module owns the panel of the text itself: all of it, folded beyond some lines, and what identifies it.

A text is hostile input of up to 64 KiB: it is only ever the child of an element, never markup, link or code.
"""

from datetime import UTC, datetime

from dash import html
from dash.development.base_component import Component

from dashboard import numbers
from dashboard.look import Look
from dashboard.pages.creative.choosing import nothing_said
from dashboard.pages.creative.chosen import Chosen, chosen
from dashboard.panels.panel import Words
from dashboard.words import STATUSES

FOLDED_FROM, FOLDED_LINES = 900, 12  # characters and lines that are shown at once
IDENTITY = {
    "text": "By its text, as it came with the traffic",
    "ad_text": "By the ad catalogue: its ads showed this one text on the day",
    "ad": "No text is known: it is named by its ad",
}


def fill(look: Look) -> Words:
    """The panel."""
    creative = chosen(look)
    if creative is None:
        return nothing_said()
    return Words([whole_text(creative.text), identity(creative, look)])


def whole_text(text: str) -> Component:
    """The text as its author wrote it: its lines kept, long words broken, the rest of a long one under a fold."""
    beginning = opening(text)
    if beginning == text:
        return html.Blockquote(text, className="creative-text", dir="auto")
    more = f"Show all {numbers.count(len(text))} characters"
    return html.Div([
        html.Blockquote(beginning + " …", className="creative-text", dir="auto"),
        html.Details([html.Summary(more), html.Blockquote(text, className="creative-text", dir="auto")]),
    ])  # fmt: skip


def opening(text: str) -> str:
    """What is shown of a text before it is unfolded; all of it where it is short."""
    lines = text.splitlines()
    begun = "\n".join(lines[:FOLDED_LINES]) if len(lines) > FOLDED_LINES else text
    return begun if len(begun) <= FOLDED_FROM else begun[:FOLDED_FROM].rstrip()


def identity(creative: Chosen, look: Look) -> Component:
    """What it is: how it is identified, its state, when and where it was seen."""
    status = STATUSES.get(creative.status, "complete as it came" if creative.status == "ok" else creative.status)
    facts = (
        ("Identified", IDENTITY.get(creative.identity_by, creative.identity_by)),
        ("Its text", status[:1].upper() + status[1:]),
        ("First seen", moment(creative.first_seen, look)),
        ("Last seen", moment(creative.last_seen, look)),
        ("Networks", ", ".join(creative.networks) or "none known"),
        ("Ads", numbers.count(creative.ads)),
        ("Raw texts that count as it", numbers.count(creative.variants)),
        ("Characters", numbers.count(len(creative.text))),
    )
    pairs = [html.Div([html.Dt(name), html.Dd(value)]) for name, value in facts]
    ident = html.Div([html.Dt("creative_id"), html.Dd(html.Code(creative.creative_id))])
    return html.Dl([*pairs, ident], className="creative-identity")


def moment(when: datetime | None, look: Look) -> str:
    """A naive UTC moment in the reporting zone, the zone named."""
    if when is None:
        return numbers.NOTHING
    local = when.replace(tzinfo=UTC).astimezone(look.fresh.zone)
    return f"{local.day} {local:%b %Y, %H:%M} ({look.fresh.zone.key})"
