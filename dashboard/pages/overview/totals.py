"""This module owns what stands above the panels: the totals as cards, and what their reader has to know."""

import pandas as pd
from dash import html
from dash.development.base_component import Component

from dashboard import numbers
from dashboard.components.aria import aria
from dashboard.figures.sparkline import sparkline
from dashboard.look import Look
from dashboard.maturity import maturing_words
from dashboard.pages.overview import costs, sums
from dashboard.pages.overview.cards import Compared, Kpi, kpis
from dashboard.pages.overview.chance import Period
from dashboard.pages.overview.window import full_days
from dashboard.spans import Span
from dashboard.words import MONEY_CARDS

_ARROWS = {"+": "↑ ", "×": "↑ ", "−": "↓ "}
_HOW = (
    "A change in grey could be chance: it lies within the 95 % intervals of what the clicks brought, widened by how "
    "much days differ. Spend, clicks and CPC are counted, not estimated."
)


def head(look: Look) -> Component:
    """The cards with their note."""
    days, running = sums.daily(look, look.period), look.period.last >= look.fresh.today
    measures = sums.cards_of(look.fresh.kind, sums.reported(look))
    found = kpis(days, compared(look), measures, look.fresh.currency)
    return html.Div(
        className="overview-totals",
        children=[
            html.Ul([_card(kpi, running) for kpi in found], className="cards", **aria(label="Totals of the period")),
            html.P(" ".join(notes(look, untied(days, "cost"), untied(days, "revenue"))),
                   className="caption"),
        ],
    )  # fmt: skip


def untied(days: pd.DataFrame, name: str) -> float:
    """Money of no known creative; NaN where the money is not known at all."""
    return float(days[f"untied_{name}"].sum()) if days[name].notna().all() else float("nan")


def compared(look: Look) -> Compared | None:
    """Full days beside their counterparts; None where there is nothing to compare with."""
    now, before = full_days(look)
    if now is None or before is None:
        return None
    return Compared(_period(look, now), _period(look, before))


def notes(look: Look, untied_cost: float, untied_revenue: float) -> list[str]:
    """What the cards leave out or cannot know yet, in sentences."""
    now, before = full_days(look)
    running = look.period.last >= look.fresh.today
    told: list[str] = []
    if look.before is not None and now is None:
        told.append("Today is not over, so there is nothing yet to compare: spend comes in before what it earns.")
    elif now is not None and before is not None:
        told.append(
            f"Changes compare {numbers.days_between(now.first, now.last)} with"
            f" {numbers.days_between(before.first, before.last)}"
            + (": today is not over, it is in the numbers and not in the changes." if running else ".")
        )
        told.append(_HOW)
    if maturing := maturing_words(look, look.period):
        told.append(maturing)
    told += costs.told(look, numbers.known(untied_cost))
    if numbers.known(untied_cost) and (untied_cost or untied_revenue):
        spent, earned = (numbers.money(amount, look.fresh.currency, 2) for amount in (untied_cost, untied_revenue))
        told.append(f"{spent} of spend and {earned} of revenue belong to no known creative: in the totals, in no row.")
    return told


def _period(look: Look, span: Span) -> Period:
    return Period(sums.daily(look, span), sums.cohorts(look, span))


def _card(kpi: Kpi, running: bool) -> Component:
    large = " large" if kpi.measure.key in MONEY_CARDS else ""
    line = sparkline(kpi.series, open_end=running)
    change = _ARROWS.get(kpi.change[:1], "") + kpi.change
    foot = [
        html.Span(change, className=f"change {kpi.tone}") if change else None,
        html.Span(kpi.chance, className="by-chance") if kpi.chance else None,
        html.Span(kpi.was, className="quiet") if kpi.was else None,
    ]
    return html.Li(
        className=f"card kpi{large}",
        title=kpi.measure.formula,
        children=[
            html.Div(kpi.measure.title, className="kpi-title"),
            html.Div(kpi.value, className="kpi-value"),
            html.Div([part for part in foot if part is not None], className="kpi-foot"),
            html.Img(src=line, className="spark", alt=f"{kpi.measure.title} per day") if line else None,
        ],
    )
