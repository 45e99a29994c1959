"""This module owns how the dashboard asks the published file: a cursor for each query, and answers remembered.

A published file never changes, so an answer is remembered under (file, SQL, values); a new version is a new file. The
frames are shared between requests: read them, never write into them.
"""

import math
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from dashboard.published import opened

Values = Mapping[str, object]
_REMEMBERED = 256
VERSIONS = 4  # of which what all looks ask for is remembered, whatever else is


def frame(real: Path, sql: str, values: Values | None = None) -> pd.DataFrame:
    """The answer as a frame; lists among the values are bound as lists. Do not write into it."""
    return _frame(real, sql, _frozen(values))


def records(found: pd.DataFrame) -> list[dict[str, object]]:
    """A frame's rows as plain values: None for what is missing, a day as a date, numbers as Python's own."""
    return [{str(name): _plain(value) for name, value in row.items()} for row in plain(found)]


def plain(found: pd.DataFrame) -> list[dict[str, Any]]:
    """A frame's rows with Python's own values, as `to_dict("records")` gives them, in a third of its time."""
    names = [str(name) for name in found.columns]
    columns = [found[name].tolist() for name in found.columns]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def rows(real: Path, sql: str, values: Values | None = None) -> list[tuple[object, ...]]:
    """The answer as rows of Python values (DECIMAL stays exact)."""
    return list(_rows(real, sql, _frozen(values)))


def columns_of(real: Path, mart: str) -> frozenset[str]:
    """The columns of a published table or view; empty where this version does not have it."""
    return _columns(real).get(mart, frozenset())


@lru_cache(maxsize=VERSIONS)
def _columns(real: Path) -> Mapping[str, frozenset[str]]:
    """Those of all marts: asked once a version (information_schema.columns takes 50 ms, this a tenth)."""
    sql = (
        "select table_name, list(column_name) from duckdb_columns()"
        " where schema_name = 'main' and not internal group by table_name"
    )
    with opened(real) as con:
        return {str(mart): frozenset(names) for mart, names in con.execute(sql).fetchall()}


def _plain(value: object) -> object:
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date() if value == value.normalize() else value.to_pydatetime()
    return value.item() if isinstance(value, np.generic) else value


def _frozen(values: Values | None) -> tuple[tuple[str, object], ...]:
    given = values or {}
    return tuple(sorted((name, tuple(value) if isinstance(value, list) else value) for name, value in given.items()))


def _thawed(values: tuple[tuple[str, object], ...]) -> dict[str, object]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values}


@lru_cache(maxsize=_REMEMBERED)
def _frame(real: Path, sql: str, values: tuple[tuple[str, object], ...]) -> pd.DataFrame:
    with opened(real) as con:
        return con.execute(sql, _thawed(values)).df()


@lru_cache(maxsize=_REMEMBERED)
def _rows(real: Path, sql: str, values: tuple[tuple[str, object], ...]) -> tuple[tuple[object, ...], ...]:
    with opened(real) as con:
        return tuple(con.execute(sql, _thawed(values)).fetchall())
