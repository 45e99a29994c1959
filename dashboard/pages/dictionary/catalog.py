"""This module owns what a published file says of itself: the comments of its tables and columns, and its metrics.

Nothing here knows a table's name: a version from before or after this one explains itself as well.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from dashboard import reading

# `What it is. One row per (a, b). Promise: …`, as analytics/dictionary.py writes it.
_COMMENT = re.compile(r"(?P<what>.*?)\. One row per \((?P<grain>[^)]*)\)\. Promise: (?P<promise>.*?)\.?", re.DOTALL)
_MARTS = """select table_name as name, comment, false as is_view, column_count, estimated_size from duckdb_tables()
where schema_name = 'main' and not internal
union all
select view_name, comment, true, column_count, null from duckdb_views()
where schema_name = 'main' and not internal order by name"""
_COLUMNS = """select table_name, column_name, data_type, coalesce(comment, '') from duckdb_columns()
where schema_name = 'main' and not internal order by table_name, column_index"""
METRIC_COLUMNS = ("metric", "title", "formula", "numerator", "denominator", "unit", "direction", "additive",
                  "minimum_sample", "kinds")  # fmt: skip


@dataclass(frozen=True)
class Mart:
    """A published table or view: what it is, one row per what, what it promises; `rows` is None of a view."""

    name: str
    what: str
    grain: str
    promise: str
    is_view: bool
    columns: int
    rows: int | None


@dataclass(frozen=True)
class Field:
    """A column of a mart, with what it means; empty where the file does not say."""

    mart: str
    name: str
    kind: str
    meaning: str


def marts(real: Path) -> list[Mart]:
    """Every published table and view, by name."""
    return [_mart(*row) for row in reading.rows(real, _MARTS)]


def columns(real: Path) -> list[Field]:
    """Every column of every mart, in the marts' own order."""
    return [Field(*(str(value) for value in row)) for row in reading.rows(real, _COLUMNS)]


def metrics(real: Path) -> list[dict[str, object]]:
    """The rows of the mart `metrics`, its columns by name; none where this version has no such mart."""
    has = reading.columns_of(real, "metrics")
    names = [name for name in METRIC_COLUMNS if name in has]
    if "metric" not in names:
        return []
    sql = f"select {', '.join(names)} from metrics order by metric"  # noqa: S608 - names of our own list
    return [{**dict.fromkeys(METRIC_COLUMNS), **dict(zip(names, row, strict=True))} for row in reading.rows(real, sql)]


def says(words: tuple[object, ...], wanted: str | None) -> bool:
    """Whether every word that is searched for is somewhere in what is said, in any case."""
    said = " ".join(str(word) for word in words if word is not None).casefold()
    return all(each in said for each in (wanted or "").casefold().split())


def _mart(name: object, comment: object, is_view: object, count: object, rows: object) -> Mart:
    said = comment if isinstance(comment, str) else ""
    found = _COMMENT.fullmatch(said)
    what, grain, promise = (found["what"], found["grain"], found["promise"]) if found else (said, "", "")
    size = rows if isinstance(rows, int) and not is_view else None
    return Mart(str(name), what, grain, promise, bool(is_view), int(str(count or 0)), size)
