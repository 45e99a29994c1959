"""This module owns the grids: how they look, sort, select and lead on, and a panel's rows as AG Grid wants them.

Every text is drawn by React or AG Grid as text: no markdown, no html, no code from the data.
"""

from collections.abc import Mapping
from typing import Any

import dash_ag_grid as dag
from dash.development.base_component import Component

from dashboard.panels.panel import Column, Panel, Rows
from dashboard.panels.shown import shown

# AG Grid in the page's own colours: variables, so that the scheme recolours it without a callback.
_THEME = """themeQuartz.withParams({
  backgroundColor: 'var(--card)', foregroundColor: 'var(--text)', headerTextColor: 'var(--muted)',
  headerBackgroundColor: 'var(--card)', borderColor: 'var(--line)', chromeBackgroundColor: 'var(--card)',
  rowHoverColor: 'var(--hover)', selectedRowBackgroundColor: 'var(--chosen)', accentColor: 'var(--accent)',
  fontFamily: 'inherit', fontSize: 13, headerFontSize: 12, headerFontWeight: 600, spacing: 7,
  wrapperBorder: false, headerRowBorder: true, rowBorder: true, columnBorder: false,
  browserColorScheme: 'inherit'
})"""
_PICKING = {
    "rowSelection": {
        "mode": "multiRow",
        "checkboxes": True,
        "headerCheckbox": False,
        "enableClickSelection": True,
        "enableSelectionWithoutKeys": True,
    },
    "selectionColumnDef": {"headerName": "Pick", "headerTooltip": "Draw it and compare it (up to six)", "width": 58},
}
_EVERY_COLUMN = {"sortable": True, "resizable": True, "suppressMovable": True, "sortingOrder": ["desc", "asc"],
                 "wrapHeaderText": True}  # fmt: skip
_ROW_HEIGHT = 44  # two lines of text
_HEAD_HEIGHT, _BAR_HEIGHT = 42, 18  # the bar is for grids wider than the page
_TEXT_WIDTH_MIN = 120
_WRAP_WIDTH_MIN = 260


def grid(panel: Panel) -> Component:
    """The panel's empty grid; columns, rows and ticks arrive by callback."""
    edges = f"edges(params, '{panel.name}')"
    listeners = {
        "cellKeyDown": ["follow(params)"], "firstDataRendered": ["settle(params)", edges],
        "gridColumnsChanged": ["settle(params)", edges],
        **{event: [edges] for event in ("bodyScroll", "gridSizeChanged", "columnResized", "displayedColumnsChanged")},
    }  # fmt: skip
    if panel.pickable:
        listeners["selectionChanged"] = ["pick(params)"]
    if panel.sorted_by_url:
        listeners["sortChanged"] = ["sorted(params)"]
    made: Component = dag.AgGrid(
        id=panel.name,
        className="grid",
        style={"height": panel.height},
        columnDefs=[],
        rowData=None,
        getRowId="params.data.id",
        columnSize=None,
        defaultColDef=_EVERY_COLUMN,
        rowClassRules={"early": "params.data.early", "strong": "params.data.strong"},
        eventListeners=listeners,
        dashGridOptions=_options(panel),
    )
    return made


def column_defs(panel: Panel, answer: Rows, sort: str) -> list[dict[str, Any]]:
    """AG Grid's definitions; the first column leads on where rows have an `href`."""
    leads = any("href" in row for row in answer.rows)
    own = sort if panel.sorted_by_url else ""
    return [_column(column, leads and place == 0, own) for place, column in enumerate(answer.on_screen)]


def row_data(answer: Rows, currency: str) -> list[dict[str, object]]:
    """The rows with `<field>_text` beside each value that is shown in a unit."""
    return [_row(row, answer, currency) for row in answer.rows]


def height(panel: Panel, rows: int) -> int:
    """As high as its rows, at most as the panel says; without rows only as high as its head."""
    return min(panel.height, _HEAD_HEIGHT + rows * (panel.row_height or _ROW_HEIGHT) + _BAR_HEIGHT)


def _options(panel: Panel) -> dict[str, Any]:
    return {
        "theme": {"function": _THEME},
        "rowHeight": panel.row_height or _ROW_HEIGHT,
        "headerHeight": _HEAD_HEIGHT,
        "animateRows": False,
        "maintainColumnOrder": True,  # new rows come with the same columns; a moved one stays where it is
        "tooltipShowDelay": 300,
        "tooltipHideDelay": 30000,
        "enableCellTextSelection": True,
        "ensureDomOrder": True,
        "localeText": {"noRowsToShow": "Nothing to show."},
        **(_PICKING if panel.pickable else {}),
    }


def _column(column: Column, leads: bool, sort: str) -> dict[str, Any]:
    made: dict[str, Any] = {
        "colId": column.field,
        "field": column.field,
        "headerName": column.title,
        "initialWidth": column.width,
        "minWidth": min(column.width, _TEXT_WIDTH_MIN if column.unit == "text" else 72),
        "sortable": column.sortable,
    }
    if column.wrap:
        made["flex"] = 1  # the room that numbers leave is the text's
        made["minWidth"] = min(column.width, _WRAP_WIDTH_MIN)
    if column.tip:
        made["headerTooltip"] = column.tip
    if column.unit == "text":
        made |= {"tooltipField": column.field, "sortingOrder": ["asc", "desc"]}
    else:
        made |= {"type": "rightAligned", "valueFormatter": {"function": f"params.data.{column.field}_text"}}
    renderer = column.renderer or ("Link" if leads else "Prose" if column.wrap else "")
    if renderer:
        made["cellRenderer"] = renderer
    if column.unit == "money":
        made["cellClassRules"] = {"negative": "params.value < 0"}
    if sort.removeprefix("-") == column.field:
        made["sort"] = "desc" if sort.startswith("-") else "asc"
    return made


def _row(row: Mapping[str, object], answer: Rows, currency: str) -> dict[str, object]:
    texts = {
        f"{column.field}_text": shown(row.get(column.field), column, currency)
        for column in answer.on_screen
        if column.unit != "text"
    }
    return {**row, **texts}
