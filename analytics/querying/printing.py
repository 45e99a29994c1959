"""This module owns printing an answer of any length: row after row, and of a table no more than anybody reads."""

import csv
import json
import sys
from itertools import chain

import duckdb

from ingest.terminal.showing import Format, show
from ingest.terminal.spreadsheet import safe_cell

ROWS_AT_ONCE = 10_000
ROWS_SHOWN = 1000  # of a table, whose columns are as wide as its widest cell: it has to be held as a whole


def show_answer(cursor: duckdb.DuckDBPyConnection, form: Format) -> None:
    """Print the rows of a query on stdout as they come; what is left out of a table is said on stderr."""
    columns = [column[0] for column in cursor.description or []]
    first = cursor.fetchmany(ROWS_SHOWN + 1)
    if form is Format.TABLE or not first:
        show(columns, first[:ROWS_SHOWN], form, "No rows.")
        if len(first) > ROWS_SHOWN:
            print(f"These are the first {ROWS_SHOWN} rows. All of them: --format csv", file=sys.stderr)
        return
    batches = chain([first], iter(lambda: cursor.fetchmany(ROWS_AT_ONCE), []))
    if form is Format.CSV:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        for rows in batches:
            writer.writerows([safe_cell(value) for value in row] for row in rows)
        return
    opening = "["
    for row in chain.from_iterable(batches):
        sys.stdout.write(opening + json.dumps(dict(zip(columns, row, strict=True)), default=str, ensure_ascii=False))
        opening = ", "
    print("]")
