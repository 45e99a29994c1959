"""This module owns the checks of a refresh: over what is near where only that can have changed, else over all."""

from typing import TYPE_CHECKING

import duckdb

from analytics.build import run_checks
from analytics.incremental.ways import in_worlds, way
from analytics.incremental.worlds import NOW
from analytics.joined import TABLES
from analytics.plan import CHECKS, header, sql

if TYPE_CHECKING:
    from analytics.build import Inputs


def scoped() -> tuple[str, ...]:
    """The checks that only read what follows from the small builds: rows that are replaced, and sums that are moved.

    Where sums balanced before, and do in both small builds, they balance after: they moved by the difference.
    """
    follows = {name.removesuffix("()") for name in in_worlds() if way(name).word in ("rows", "sums")} | set(TABLES)
    return tuple(check for check in CHECKS if follows.issuperset(header(sql("checks", check)).reads))


def check(connection: duckdb.DuckDBPyConnection, inputs: "Inputs", everything: bool = False) -> None:
    """Run every check on what changed, or on `everything`. Raises CheckFailedError."""
    rows = () if everything else scoped()
    run_checks(connection, inputs, [check for check in CHECKS if check not in rows])
    connection.execute(f"use {NOW}")
    run_checks(connection, inputs, rows)
    connection.execute("use work")
