"""This module owns the checks of a refresh: those of marts over all of them, those of single rows over what is near."""

from typing import TYPE_CHECKING

import duckdb

from analytics.build import run_checks
from analytics.incremental.ways import way
from analytics.incremental.worlds import NOW
from analytics.plan import CHECKS, header, sql

if TYPE_CHECKING:
    from analytics.build import Inputs


def scoped() -> tuple[str, ...]:
    """The checks that only read rows which a refresh replaces: what is near is all that can have changed."""
    return tuple(check for check in CHECKS if all(_is_of_rows(name) for name in header(sql("checks", check)).reads))


def check(connection: duckdb.DuckDBPyConnection, inputs: "Inputs", everything: bool = False) -> None:
    """Run every check on what changed, or on `everything`. Raises CheckFailedError."""
    rows = () if everything else scoped()
    run_checks(connection, inputs, [check for check in CHECKS if check not in rows])
    connection.execute(f"use {NOW}")
    run_checks(connection, inputs, rows)
    connection.execute("use work")


def _is_of_rows(table: str) -> bool:
    return way(table).word == "rows"
