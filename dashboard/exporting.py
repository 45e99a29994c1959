"""This module owns the exports: what a panel shows, as CSV or Excel, made by the same function that fills the screen.

Creative texts are hostile: a cell that a spreadsheet would take for a formula gets an apostrophe in CSV, and Excel
files are written without formulas and links.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

import pandas as pd
import xlsxwriter

from dashboard import numbers
from dashboard.look import Look
from dashboard.panels.panel import Answer, Drawn, Panel, Rows
from dashboard.panels.shown import missing
from dashboard.state import to_search

FORMULA_STARTS = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "＝",
    "＋",
    "－",
    "＠",
)  # full-width ones, too: Excel folds them
_CELL_MAX = 32_767  # characters an Excel cell holds
_FORMATS = {
    "money": "#,##0.00####",
    "share": "0.00%",
    "times": "0.00",
    "count": "#,##0",
    "number": "General",
    "date": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm",
}


@dataclass(frozen=True)
class Table:
    """What is exported: titled, typed columns, and rows of raw values in the screen's order."""

    titles: Sequence[str]
    units: Sequence[str]
    rows: Sequence[Sequence[object]]


def exported(answer: Answer, sort: str = "") -> Table:
    """The panel's answer as a table: a grid's columns and rows, sorted as the URL says, or a figure's table."""
    if isinstance(answer, Rows):
        columns = [column for column in answer.columns if column.exported]
        rows = _sorted(list(answer.rows), sort, {column.field for column in answer.on_screen})
        return Table(
            [column.title for column in columns],
            [column.unit for column in columns],
            [[row.get(column.field) for column in columns] for row in rows],
        )
    frame = answer.table if isinstance(answer, Drawn) and answer.table is not None else pd.DataFrame()
    plain = [[None if missing(value) else value for value in row] for row in frame.itertuples(index=False)]
    return Table([str(name) for name in frame.columns], ["text"] * len(frame.columns), plain)


def as_csv(table: Table) -> bytes:
    """UTF-8 with a byte order mark, so that Excel reads it as such; numbers plain, in full."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_harmless(title) for title in table.titles])
    for row in table.rows:
        writer.writerow([_plain(value) for value in row])
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(table: Table, panel: Panel, look: Look) -> bytes:
    """One sheet with the numbers, one that says what they are."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        _sheet(book, table)
        about = book.add_worksheet("About")
        about.set_column(0, 0, 18)
        about.set_column(1, 1, 80)
        for place, (name, words) in enumerate(facts(panel, look)):
            about.write_string(place, 0, name)
            about.write_string(place, 1, words)
    return out.getvalue()


def facts(panel: Panel, look: Look) -> list[tuple[str, str]]:
    """What a reader of the file needs to know of it."""
    local = look.fresh.as_of.astimezone(look.fresh.zone)
    return [
        ("Panel", panel.title),
        ("Period", numbers.days_between(look.period.first, look.period.last)),
        ("Filters", ", ".join(f"{name}: {getattr(look.state, name)}" for name in look.state.filtered) or "none"),
        ("Data as of", f"{local:%Y-%m-%d %H:%M} ({look.fresh.zone.key})"),
        ("Currency", look.fresh.currency),
        ("Kept in", panel.kept_in) if panel.kept_in else ("Mart", panel.mart),
        ("Version", look.fresh.version),
        ("View", to_search(look.state) or "?"),
    ]


def file_name(panel: Panel, look: Look, kind: str) -> str:
    """`whichad-overview-leaderboard-2026-11-20-2026-11-26.csv`."""
    return f"whichad-{panel.name}-{look.period.first}-{look.period.last}.{kind}"


def _sheet(book: xlsxwriter.Workbook, table: Table) -> None:
    sheet = book.add_worksheet("Data")
    sheet.freeze_panes(1, 0)
    head = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    formats = {unit: book.add_format({"num_format": code}) for unit, code in _FORMATS.items()}
    for place, (title, unit) in enumerate(zip(table.titles, table.units, strict=True)):
        sheet.write_string(0, place, title, head)
        sheet.set_column(place, place, 44 if unit == "text" and place == 0 else 14)
    for line, row in enumerate(table.rows, start=1):
        for place, (value, unit) in enumerate(zip(row, table.units, strict=True)):
            if value is None:
                continue  # an empty cell: nothing is known, and sums pass over it
            if isinstance(value, bool):
                sheet.write_string(line, place, str(value).lower())
            elif isinstance(value, date) and not missing(value):
                whole = not isinstance(value, datetime) or value.time() == time()
                sheet.write_datetime(line, place, value, formats["date" if whole else "moment"])
            elif isinstance(value, int | float | Decimal):
                sheet.write_number(line, place, float(value), formats.get(unit))
            else:
                sheet.write_string(line, place, _said(value)[:_CELL_MAX])


def _sorted(rows: list, sort: str, known: set[str]) -> list:  # type: ignore[type-arg] # rows of any mapping
    """As AG Grid sorts: what is not known comes first going up, last going down."""
    name, down = sort.removeprefix("-"), sort.startswith("-")
    if name not in known:
        return rows
    have = [row for row in rows if row.get(name) is not None]
    lack = [row for row in rows if row.get(name) is None]
    have.sort(key=lambda row: str(row[name]).casefold() if isinstance(row[name], str) else row[name], reverse=down)
    return have + lack if down else lack + have


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return "" if missing(value) else f"{value:.12g}"  # a sum of binary fractions, without its noise
    if isinstance(value, int | Decimal):
        return str(value)
    return _harmless(_said(value))


def _said(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return ", ".join(_plain(item) for item in value)
    return str(value)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
