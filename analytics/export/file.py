"""This module owns exports: one published mart as a CSV, Parquet or JSON file, or as CSV on stdout.

A file is written aside, made durable and renamed, so that whoever reads it never sees half of it. It is evidence:
rows come in the order of the mart's grain, and the same version gives the same file. The sidecar beside it says what
it is (`analytics.export.sidecar`); it is swung in first, so that a file without its sidecar is none of ours.
"""

import csv
import re
import sys
from datetime import date
from pathlib import Path
from typing import IO, Any

import duckdb

from analytics.dictionary import about, columns
from analytics.export import sidecar
from analytics.version.marts import PUBLISHED
from ingest.config import ConfigError
from ingest.durable import fsync
from ingest.terminal.spreadsheet import safe_cell

SUFFIXES = (".csv", ".parquet", ".json")
DAY_COLUMNS = ("day", "click_day", "goal_day", "touch_day")
ROWS_AT_ONCE = 10_000
_COPY = {".parquet": "format parquet, compression zstd", ".json": "format json, array true"}


def export(connection: duckdb.DuckDBPyConnection, mart: str, to: Path | None, days: str | None) -> int | None:
    """Write the rows of a mart to `to`, or as CSV to stdout; returns how many, None for stdout.

    `days` is a day (2026-11-23) or a span of them (2026-11-01..2026-11-23), inclusive. Raises ConfigError for a
    mart, a suffix or days that do not exist, OSError for the disk.
    """
    if mart not in PUBLISHED:
        raise ConfigError(f"There is no mart named {mart!r}. There are: {', '.join(PUBLISHED)}.")
    suffix = to.suffix.lower() if to else ".csv"
    if suffix not in SUFFIXES:
        raise ConfigError(f"{to}: name a file that ends in {', '.join(SUFFIXES)}.")
    query, parameters = _query(connection, mart, days)
    if to is None:
        write_csv(connection.execute(query, parameters), sys.stdout)
        return None
    aside = to.with_name(f".{to.name}.new")
    try:
        if suffix == ".csv":
            with aside.open("w", encoding="utf-8", newline="") as file:
                count = write_csv(connection.execute(query, parameters), file)
        else:
            count = _copy(connection, query, parameters, aside, _COPY[suffix])
        fsync(aside)
        sidecar.write(connection, mart, days, count, aside, to)
        aside.replace(to)
    finally:
        aside.unlink(missing_ok=True)
    fsync(to.resolve().parent)
    return count


def _query(connection: duckdb.DuckDBPyConnection, mart: str, days: str | None) -> tuple[str, list[date]]:
    """The SELECT and its parameters. A mart without a day is cut by when its rows were seen, where it says so."""
    names = [name for name, _ in columns(connection, mart)]
    order = ", ".join(f'"{name}"' for name in about(mart)[1] if name in names) or "all"
    select = f"select * from {mart}"  # noqa: S608 (a name of our own list)
    if days is None:
        return f"{select} order by {order}", []
    first, last = span(days)
    day = next((name for name in DAY_COLUMNS if name in names), None)
    if day:
        return f"{select} where {day} between ? and ? order by {order}", [first, last]
    if {"first_seen", "last_seen"} <= set(names):
        where = "cast(first_seen as date) <= ? and cast(last_seen as date) >= ?"
        return f"{select} where {where} order by {order}", [last, first]
    raise ConfigError(f"The mart {mart!r} has no days to choose from; leave --where-day out.")


def span(days: str) -> tuple[date, date]:
    """The first and the last day that a text names: 2026-11-23, or 2026-11-01..2026-11-23. Raises ConfigError."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?", days.strip())
    try:
        if found is None:
            raise ValueError
        first, last = date.fromisoformat(found[1]), date.fromisoformat(found[2] or found[1])
    except ValueError:
        raise ConfigError(f"{days!r} is no day and no span of days, such as 2026-11-01..2026-11-23.") from None
    if last < first:
        raise ConfigError(f"{days!r} ends before it begins.")
    return first, last


def write_csv(cursor: duckdb.DuckDBPyConnection, file: IO[str]) -> int:
    """Header and rows; lists become `a, b`; no cell is one that a spreadsheet would run."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([column[0] for column in cursor.description or []])
    count = 0
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        writer.writerows([safe_cell(_plain(value)) for value in row] for row in rows)
        count += len(rows)
    return count


def _plain(value: Any) -> Any:
    return ", ".join(str(each) for each in value) if isinstance(value, list) else value


def _copy(connection: duckdb.DuckDBPyConnection, query: str, parameters: list[date], to: Path, options: str) -> int:
    quoted = str(to).replace("'", "''")
    try:
        row = connection.execute(f"copy ({query}) to '{quoted}' ({options})", parameters).fetchone()
    except duckdb.IOException as error:
        raise OSError(str(error).splitlines()[0]) from None
    return int(row[0]) if row else 0
