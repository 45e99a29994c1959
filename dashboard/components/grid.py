"""This module owns the grid of ranked creatives: its columns and how it looks, sorts and selects.

Every text is drawn by React or AG Grid as text: no markdown, no html, no code from the data.
"""

from typing import Any

import dash_ag_grid as dag
from dash.development.base_component import Component

from dashboard.words import MEASURES, kind_words

# AG Grid in the page's own colours: variables, so that the scheme recolours it without a callback.
_THEME = """themeQuartz.withParams({
  backgroundColor: 'var(--card)', foregroundColor: 'var(--text)', headerTextColor: 'var(--muted)',
  headerBackgroundColor: 'var(--card)', borderColor: 'var(--line)', chromeBackgroundColor: 'var(--card)',
  rowHoverColor: 'var(--hover)', selectedRowBackgroundColor: 'var(--chosen)', accentColor: 'var(--accent)',
  fontFamily: 'inherit', fontSize: 13, headerFontSize: 12, headerFontWeight: 600, spacing: 7,
  wrapperBorder: false, headerRowBorder: true, rowBorder: true, columnBorder: false,
  browserColorScheme: 'inherit'
})"""


_OPTIONS = {
    "theme": {"function": _THEME},
    "rowHeight": 60,
    "headerHeight": 40,
    "animateRows": False,
    "maintainColumnOrder": True,  # new rows come with the same columns; a moved one stays where it is
    "tooltipShowDelay": 300,
    "tooltipHideDelay": 30000,
    "rowSelection": {
        "mode": "multiRow",
        "checkboxes": True,
        "headerCheckbox": False,
        "enableClickSelection": True,
        "enableSelectionWithoutKeys": True,
    },
    "selectionColumnDef": {"headerName": "Draw", "headerTooltip": "Draw it in the trend (up to six)", "width": 60},
    "localeText": {"noRowsToShow": "No creative matches these filters."},
}
_EVERY_COLUMN = {"sortable": True, "resizable": True, "suppressMovable": True, "sortingOrder": ["desc", "asc"]}


def grid() -> Component:
    """The empty grid; rows, columns and ticks arrive by callback."""
    made: Component = dag.AgGrid(
        id="grid",
        className="grid",
        style={"height": 468},
        columnDefs=[],
        rowData=None,
        getRowId="params.data.id",
        columnSize=None,
        defaultColDef=_EVERY_COLUMN,
        rowClassRules={"early": "params.data.early"},
        eventListeners={
            "selectionChanged": ["pick(params, setEventData)"],
            "gridColumnsChanged": ["narrow(params)"],
            "firstDataRendered": ["narrow(params)"],
        },
        dashGridOptions=_OPTIONS,
    )
    return made


def columns(kind: str, objective: str) -> list[dict[str, Any]]:
    """The columns of a kind, judged by `objective`."""
    goal = MEASURES[objective].title
    return [
        {
            "colId": "creative", "field": "text", "headerName": "Creative", "cellRenderer": "Creative",
            "tooltipField": "text", "initialWidth": 312, "minWidth": 150, "sortingOrder": ["asc", "desc"],
        },
        {
            "colId": "verdict", "field": "order", "headerName": "Verdict", "cellRenderer": "Verdicts",
            "tooltipField": "each", "initialWidth": 200, "sortingOrder": ["asc", "desc"],
        },
        _number("profit", "Profit", 104, initialSort="desc", cellClassRules={"negative": "params.value < 0"}),
        _number("spend", "Spend", 98),
        _number("revenue", "Revenue", 104),
        {
            "colId": "objective", "field": "floor", "headerName": goal, "cellRenderer": "Interval", "initialWidth": 210,
            "headerTooltip": f"{goal} with its interval, on clicks old enough to be settled; the tick is the target."
            " Sorts by the careful end.",
        },
        _number("clicks", "Clicks", 88),
        *(
            _number(key, MEASURES[key].title, 96, tooltipField=f"{key}_tip", headerTooltip=MEASURES[key].formula)
            for key in kind_words(kind).columns
            if key != objective
        ),
        _prose("action", "Action", 230),
        _prose("reason", "Reason", 360),
    ]  # fmt: skip


def _number(field: str, title: str, width: int, **more: Any) -> dict[str, Any]:
    """A right-aligned number, sorted as a number, shown as the text the server wrote."""
    return {
        "colId": field,
        "field": field,
        "headerName": title,
        "valueFormatter": {"function": f"params.data.{field}_text"},
        "type": "rightAligned",
        "initialWidth": width,
        **more,
    }


def _prose(field: str, title: str, width: int) -> dict[str, Any]:
    return {
        "colId": field,
        "field": field,
        "headerName": title,
        "cellRenderer": "Prose",
        "tooltipField": field,
        "sortable": False,
        "initialWidth": width,
    }
