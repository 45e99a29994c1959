"""This module owns a figure's text alternative: its numbers as a table, for who does not see it and who wants them."""

import json
from typing import Any

import pandas as pd
from dash import html
from dash.development.base_component import Component

from dashboard.components.aria import aria
from dashboard.panels.shown import missing

ROWS_MAX = 400


def table(frame: pd.DataFrame | None, title: str) -> Component | str:
    """The frame as a table of at most 400 rows (the export has all of them): text, which assets/tables.js draws once
    somebody opens it. Thousands of cells as components of the page made every answer cost seconds."""
    if frame is None or frame.empty:
        return "There is nothing in it."
    told = {
        "title": title,
        "more": f"The first {ROWS_MAX} of {len(frame):,} rows; the CSV has all." if len(frame) > ROWS_MAX else "",
        "head": [str(name) for name in frame.columns],
        "rows": [[_cell(value) for value in row] for row in frame.head(ROWS_MAX).itertuples(index=False)],
    }
    written: Any = {"data-table": json.dumps(told), **aria(label=f"{title} as a table")}
    return html.Div(className="scrolled", tabIndex="0", role="region", **written)


def _cell(value: object) -> str:
    if missing(value):
        return "n/a"
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d") if value == value.normalize() else value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
