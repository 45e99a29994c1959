"""This module owns a figure's text alternative: its numbers as a table, for who does not see it and who wants them."""

import pandas as pd
from dash import html
from dash.development.base_component import Component

from dashboard.components.aria import aria
from dashboard.panels.shown import missing

ROWS_MAX = 400


def table(frame: pd.DataFrame | None, title: str) -> Component | str:
    """The frame as an HTML table of at most 400 rows; the export has all of them."""
    if frame is None or frame.empty:
        return "There is nothing in it."
    head = html.Thead(html.Tr([html.Th(str(name), scope="col") for name in frame.columns]))
    shown = frame.head(ROWS_MAX)
    body = html.Tbody([html.Tr([html.Td(_cell(value)) for value in row]) for row in shown.itertuples(index=False)])
    more = f"The first {ROWS_MAX} of {len(frame):,} rows; the CSV has all." if len(frame) > ROWS_MAX else ""
    made = html.Table([html.Caption(more), head, body] if more else [head, body], **aria(label=title))
    return html.Div(made, className="scrolled", tabIndex="0", role="region", **aria(label=f"{title} as a table"))


def _cell(value: object) -> str:
    if missing(value):
        return "n/a"
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d") if value == value.normalize() else value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
