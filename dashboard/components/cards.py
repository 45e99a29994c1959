"""This module owns the cards: a number, how it changed, and its days as a small line."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.figures.sparkline import sparkline
from dashboard.kpis import Kpi
from dashboard.words import MONEY_CARDS

_ARROWS = {"+": "↑ ", "×": "↑ ", "−": "↓ "}


def cards(kpis: Sequence[Kpi], formulas: dict[str, str]) -> list[Component]:
    """One card for each number; the three sums of money are the large ones."""
    return [_card(kpi, formulas.get(kpi.measure.key, kpi.measure.formula)) for kpi in kpis]


def _card(kpi: Kpi, formula: str) -> Component:
    large = " large" if kpi.measure.key in MONEY_CARDS else ""
    line = sparkline(kpi.series)
    return html.Li(
        className=f"card kpi{large}",
        title=formula,
        children=[
            html.Div(kpi.measure.title, className="kpi-title"),
            html.Div(kpi.value, className="kpi-value"),
            html.Div(
                className="kpi-foot",
                children=[
                    html.Span(_change(kpi), className=f"change {kpi.tone}"),
                    html.Span(kpi.compared, className="quiet"),
                ],
            ),
            html.Img(src=line, className="spark", alt=f"{kpi.measure.title} per day") if line else None,
        ],
    )


def _change(kpi: Kpi) -> str:
    return _ARROWS.get(kpi.change[:1], "") + kpi.change if kpi.change else "n/a"
