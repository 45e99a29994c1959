"""This module owns how a command prints its rows: as a table to look at, as JSON, as CSV."""

import csv
import enum
import json
import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from ingest.terminal.called import as_called
from ingest.terminal.spreadsheet import safe_cell


class Format(enum.StrEnum):
    """How a command prints its rows."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def show(columns: Sequence[str], rows: Sequence[Sequence[Any]], form: Format, empty: str = "") -> None:
    """Print rows on stdout; `empty` is the sentence for none, on stderr."""
    if form is Format.JSON:
        print(json.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=str, ensure_ascii=False))
    elif form is Format.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([safe_cell(value) for value in row] for row in rows)
    elif rows:
        table = Table(*columns, box=None, header_style="bold", pad_edge=False)
        for row in rows:
            table.add_row(*("" if value is None else " ".join(str(value).split()) for value in row))
        width = None if sys.stdout.isatty() else 400  # piped, no column is cut to fit a screen that is not there
        Console(markup=False, highlight=False, width=width).print(table)
    if not rows and empty:
        print(as_called(empty), file=sys.stderr, flush=True)
