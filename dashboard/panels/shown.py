"""This module owns how one value of a column is written on the screen, by its unit."""

import math
from datetime import date, datetime
from decimal import Decimal

import pandas as pd

from dashboard import numbers
from dashboard.panels.panel import Column


def shown(value: object, column: Column, currency: str) -> str:
    """The value as the grid and the table show it; `n/a` for what is not known."""
    if column.unit in ("date", "moment", "text"):
        return _said(value)
    number = as_number(value)
    if column.unit == "number":
        return numbers.NOTHING if number is None else f"{number:,.3g}" if abs(number) < 1000 else f"{number:,.0f}"
    return numbers.in_unit(number, column.unit, currency, column.places)


def missing(value: object) -> bool:
    """Whether a value of a frame stands for nothing: None, NaN, NaT."""
    return value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def as_number(value: object) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return float(value) if numbers.known(float(value)) else None


def _said(value: object) -> str:
    if isinstance(value, datetime):
        return numbers.NOTHING if missing(value) else value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str) and value else numbers.NOTHING
