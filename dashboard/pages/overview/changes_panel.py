"""This module owns the panel of what changed since yesterday: verdicts that turned, and the day's biggest movers."""

from datetime import date, timedelta

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import numbers
from dashboard.components.aria import aria
from dashboard.components.chips import chip
from dashboard.look import Look
from dashboard.pages.overview.changes import Days, Moved, Turned, days_of, movers, turned
from dashboard.pages.overview.window import USUAL, cut_by, window_of
from dashboard.panels.panel import Panel, Words
from dashboard.state import link, short

TURNED_MAX = 3  # at once; the rest with those behind a click


def fill(look: Look) -> Words:
    """Both lists, each with a sentence where there is nothing to list."""
    window = window_of(look)
    window = USUAL if window is None else window
    days = None if cut_by(look) else days_of(look, window)
    parts: list[Component] = [
        *verdicts_told(look, window, days),
        *movers_told(look, look.fresh.today - timedelta(days=1)),
    ]
    return Words(parts)


def verdicts_told(look: Look, window: int, days: Days | None) -> list[Component]:
    """How many verdicts changed, and which."""
    if cut_by(look):
        return [html.P("Filtered: no verdict, so none that changed.", className="quiet")]
    if days is None:
        return [html.P("No verdict yet: the first are made when a day is over.", className="quiet")]
    if days.before is None:
        told = f"The first verdicts are of {_day(days.newest)}. What changes is told from the next closed day on."
        return [html.P(told, className="quiet")]
    found = turned(look, window, days)
    since = "yesterday" if days.newest - days.before == timedelta(days=1) else _day(days.before)
    head = html.P([html.Strong(first_words(len(found), since)), html.Span(f" {_windowed(window)}", className="quiet")])
    if not found:
        return [head]
    items = [_turned(look, one) for one in found]
    made: list[Component] = [
        head,
        html.Ul(items[:TURNED_MAX], className="changes", **aria(label="Verdicts that changed")),
    ]
    if items[TURNED_MAX:]:
        more = html.Ul(items[TURNED_MAX:], className="changes", **aria(label="More verdicts that changed"))
        made.append(
            html.Details([html.Summary(f"Show {len(items) - TURNED_MAX:,} more"), more], className="alternative")
        )
    return made


def first_words(number: int, since: str) -> str:
    """`3 changed since yesterday`."""
    return f"{number:,} verdict{'' if number == 1 else 's'} changed since {since}" if number else (
        f"No verdict changed since {since}")  # fmt: skip


def movers_told(look: Look, day: date) -> list[Component]:
    """The creatives whose profit moved most from the day before to the last full day."""
    found = movers(look, day)
    if not found:
        return []
    head = html.P([
        html.Strong(f"Biggest movers in profit on {_day(day)}"),
        html.Span(" against the day before; one day is mostly chance", className="quiet"),
    ])  # fmt: skip
    items = [_moved(look, one) for one in found]
    return [head, html.Ul(items, className="changes", **aria(label="Biggest movers in profit"))]


def _turned(look: Look, one: Turned) -> Component:
    where = " · ".join(part for part in (one.network, one.campaign_id, one.country) if part)
    return html.Li(
        [
            html.Div([chip(one.before), html.Span("→"), chip(one.now)], className="turn"),
            html.Div(
                [
                    _link(look, one.creative_id, one.text),
                    html.Div(where, className="cell-about"),
                ]
            ),
        ]
    )


def _moved(look: Look, one: Moved) -> Component:
    currency = look.fresh.currency
    amount = numbers.money(one.by, currency, 2)
    known = {True: "within chance", False: "more than chance", None: "too little to say"}[one.is_chance]
    tone = "" if one.is_chance is not False else " good" if one.by > 0 else " bad"
    ends = f"{numbers.money(one.before, currency, 2)} → {numbers.money(one.now, currency, 2)}"
    return html.Li(
        [
            html.Div(f"{'↑ +' if one.by > 0 else '↓ '}{amount}", className=f"move{tone}"),
            html.Div(
                [
                    _link(look, one.creative_id, one.text),
                    html.Div(f"{ends}, {known}", className="cell-about"),
                ]
            ),
        ]
    )


def _link(look: Look, creative_id: str, text: str) -> Component:
    href = link("/creative", look.state, creative=short(creative_id))
    made: Component = dcc.Link(html.Span(text, dir="auto"), href=href, className="cell-text", title=text)
    return made


def _windowed(window: int) -> str:
    return f"over {window} days" if window > 1 else "over one day" if window == 1 else "over all days"


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


PANEL = Panel(
    "overview-changed", "What changed since yesterday", "words", "verdict_history", fill, wide=False, unmoved=True
)
