"""This module owns the top of the page: the creative's first words, its verdicts, its main numbers, and the ways on."""

from collections import Counter

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import numbers
from dashboard.components.aria import aria
from dashboard.components.chips import chip
from dashboard.filtering import where
from dashboard.look import Look
from dashboard.pages.creative.choosing import none_head, title_of, verdict_window
from dashboard.pages.creative.chosen import Chosen, alone, chosen
from dashboard.pages.creative.texts import IDENTITY, moment
from dashboard.pages.creative.totals import cards
from dashboard.reading import rows
from dashboard.state import link
from dashboard.words import ACTIONS, VERDICTS

_VERDICTS = """select verdict, action from verdicts where creative_id = $creative and window_days = $days and {filters}
order by mature_cost desc"""
_ARROWS = {"+": "↑ ", "×": "↑ ", "−": "↓ "}


def head(look: Look) -> Component:
    """What stands above the panels."""
    creative = chosen(look)
    if creative is None:
        return none_head(look)
    return html.Div(
        className="creative-head",
        children=[
            html.P(title_of(creative, 160), className="creative-title", dir="auto", **aria(label="The creative")),
            html.Div([*_verdicts(look, creative), html.Span(_facts(look, creative), className="quiet")],
                     className="creative-facts"),
            html.Ul([_card(*card) for card in cards(look, creative)], className="cards creative-cards"),
            html.Nav(_ways(look), className="creative-ways", **aria(label="This creative on other pages")),
        ],
    )  # fmt: skip


def _verdicts(look: Look, creative: Chosen) -> list[Component]:
    """A chip per verdict with how many scopes have it, and what to do in the largest."""
    filters = where(alone(look), "verdicts")
    values = {"creative": creative.creative_id, "days": verdict_window(look), **filters.values}
    found = [
        (str(verdict), str(action))
        for verdict, action in rows(look.real, _VERDICTS.format(filters=filters.sql), values)
    ]
    if not found:
        return [html.Span("No verdict yet", className="verdict verdict-too_early")]
    counted = Counter(verdict for verdict, _ in found if verdict in VERDICTS)
    chips = [chip(name, counted[name] if len(found) > 1 else 0) for name in VERDICTS if name in counted]
    action = ACTIONS.get(found[0][1], found[0][1])
    where_ = " (in the campaign it spent most in)" if len(found) > 1 else ""
    return [*chips, html.Strong(f"{action}{where_}")]


def _facts(look: Look, creative: Chosen) -> str:
    parts = [
        ", ".join(creative.networks),
        f"{numbers.count(creative.ads)} {'ad' if creative.ads == 1 else 'ads'}",
        f"last seen {moment(creative.last_seen, look)}",
        "" if creative.identity_by == "text" else IDENTITY.get(creative.identity_by, ""),
    ]
    return " · ".join(part for part in parts if part)


def _card(title: str, value: str, change: str, tone: str) -> Component:
    """A number and, where there is something to compare with, its change: the line under the title says where not."""
    parts = [html.Div(title, className="kpi-title"), html.Div(value, className="kpi-value")]
    if change != numbers.NOTHING:
        words = _ARROWS.get(change[:1], "") + change
        parts.append(html.Div(html.Span(words, className=f"change {tone}"), className="kpi-foot"))
    return html.Li(parts, className="card kpi")


def _ways(look: Look) -> list[Component]:
    pick = (look.state.creative,) if look.state.creative else ()
    ways = (
        ("Compare it", link("/compare", look.state, pick=pick)),
        ("Attribution", link("/attribution", look.state, pick=pick)),
        ("All creatives", link("/", look.state)),
        ("Choose another one", link("/creative", look.state)),
    )
    return [dcc.Link(words, href=href) for words, href in ways]
