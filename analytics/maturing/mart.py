"""This module owns the mart `maturity_curves`: learned from closed days, kept as long as the fit is."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from analytics.fit import standing
from analytics.inference.interval import Floats
from analytics.maturing.curves import DAYS_MIN, Curve, learn
from analytics.plan import sql

AGE_MAX = 28  # days after its click in which an amount is followed
LEARN_DAYS = 90  # before those: how people buy changes, and older days say less
GOALS_MIN = (
    5.0  # with money, per day on average: money of fewer is too lumpy for a range that holds (tests/proof/maturity.py)
)
ENOUGH = 0.95
CONVERSIONS, REVENUE, SETTLEMENT = "conversions", "revenue", "settlement"
_CLICKS = """
select day, cast(sum(clicks) as double) as clicks from click_outcomes where day > $since and day <= $through
group by day order by day
"""
_READ = """
select what, conversion_kind, share, share_low, share_high, days_learned, final_per_click, error_per_click, days_final,
  falls, projects
from maturity_curves order by what, conversion_kind, age_days
"""
SCHEMA = pa.schema([
    ("what", pa.string()), ("conversion_kind", pa.string()), ("age_days", pa.int32()), ("share", pa.float64()),
    ("share_low", pa.float64()), ("share_high", pa.float64()), ("days_learned", pa.int64()), ("final_age", pa.int32()),
    ("age_95", pa.int32()), ("share_at_maturity", pa.float64()), ("final_per_click", pa.float64()),
    ("error_per_click", pa.float64()), ("days_final", pa.int64()), ("falls", pa.bool_()), ("projects", pa.bool_()),
    ("through_day", pa.date32()), ("note", pa.string()),
])  # fmt: skip
Key = tuple[str, str | None]


def maturity_curves(connection: duckdb.DuckDBPyConnection, through: date, parameters: Mapping[str, Any]) -> None:
    """Make `maturity_curves` of clicks up to `through`, unless the fit has it: no row of what too few days tell."""
    if standing.is_there(connection, "maturity_curves"):
        return
    rows: list[dict[str, Any]] = []
    for key, curve, projects in _learned(connection, through, parameters):
        rows += _rows(key, curve, projects, int(parameters["maturity_days"]), through)
    connection.register("curves_arrow", pa.Table.from_pylist(rows, SCHEMA))
    connection.execute("create or replace table maturity_curves as from curves_arrow")
    connection.unregister("curves_arrow")


def read(connection: duckdb.DuckDBPyConnection) -> dict[Key, tuple[Curve, bool]]:
    """The curves that stand in the mart, and whether each is good enough to project by."""
    found: dict[Key, list[tuple[Any, ...]]] = {}
    for what, kind, *rest in connection.execute(_READ).fetchall():
        found.setdefault((what, kind), []).append(tuple(rest))
    return {key: (_curve(rows), bool(rows[0][-1])) for key, rows in found.items()}


def _curve(rows: list[tuple[Any, ...]]) -> Curve:
    share, low, high, days, _, error = (
        np.array([np.nan if row[at] is None else row[at] for row in rows], dtype=float) for at in range(6)
    )
    return Curve(share, low, high, days, rows[0][4], error, rows[0][6], rows[0][7])


def _learned(
    connection: duckdb.DuckDBPyConnection, through: date, parameters: Mapping[str, Any]
) -> Iterator[tuple[Key, Curve, bool]]:
    span = {"since": through - timedelta(days=LEARN_DAYS + AGE_MAX), "through": through}
    days = connection.execute(_CLICKS, span).fetchall()
    if len(days) < DAYS_MIN:
        return
    text = sql("maturing", "arrivals")
    values = standing.bound(text, {**parameters, **span, "age_max": AGE_MAX})
    at = {day: n for n, (day, _) in enumerate(days)}
    clicks = np.array([count for _, count in days], dtype=float)
    lived = np.array([min((through - day).days, AGE_MAX) for day, _ in days])
    amounts: dict[Key, Floats] = {}
    goals = 0
    for what, kind, day, age, amount, paid in connection.execute(text, values).fetchall():
        table = amounts.setdefault((what, kind), np.zeros((len(days), AGE_MAX + 1)))
        table[at[day], age] = amount
        goals += paid
    for key, table in amounts.items():
        curve = learn(table, clicks, lived)
        if curve is not None:
            yield key, curve, key[0] == CONVERSIONS or (key[0] == REVENUE and goals >= GOALS_MIN * len(days))


def _rows(key: Key, curve: Curve, projects: bool, maturity_days: int, through: date) -> Iterator[dict[str, Any]]:
    at_maturity = curve.share[min(maturity_days - 1, curve.final_age)] if maturity_days > 0 else 0.0
    note = _note(key, curve, maturity_days, float(at_maturity))
    for age in range(curve.final_age + 1):
        yield {
            "what": key[0], "conversion_kind": key[1], "age_days": age, "share": float(curve.share[age]),
            "share_low": float(curve.low[age]), "share_high": float(curve.high[age]),
            "days_learned": int(curve.days[age]), "final_age": curve.final_age, "age_95": curve.age_of(ENOUGH),
            "share_at_maturity": float(at_maturity), "final_per_click": curve.rate,
            "error_per_click": float(curve.error[age]) if np.isfinite(curve.error[age]) else None,
            "days_final": curve.days_final, "falls": curve.falls, "projects": projects, "through_day": through,
            "note": note,
        }  # fmt: skip


def _note(key: Key, curve: Curve, maturity_days: int, at_maturity: float) -> str | None:
    """What the setting gets wrong, if it does."""
    if at_maturity >= ENOUGH:
        return None
    what = f"conversions ({key[1]}) have come" if key[0] == CONVERSIONS else "the money has come"
    what = "the money is settled" if key[0] == SETTLEMENT else what
    needed = curve.age_of(ENOUGH) + 1
    return (
        f"Days count as mature after {maturity_days}, when {at_maturity:.0%} of {what}; {ENOUGH:.0%} after {needed}. To"
        f" judge on whole days set attribution.maturity_days = {needed}."
    ).replace("%", " %")
