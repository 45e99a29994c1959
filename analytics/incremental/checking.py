"""This module owns the checks of a refresh: over what is near where only that can have changed, else over all."""

from typing import TYPE_CHECKING

import duckdb

from analytics.build import run_checks
from analytics.incremental.ways import in_worlds, way
from analytics.incremental.worlds import NOW, Worlds
from analytics.inputs.joined import TABLES
from analytics.plan import CHECKS, header, sql

if TYPE_CHECKING:
    from analytics.build import Inputs


def scoped() -> tuple[str, ...]:
    """The checks that only read what follows from the small builds: rows that are replaced, and sums that are moved.

    Where sums balanced before, and do in both small builds, they balance after: they moved by the difference.
    """
    follows = {name.removesuffix("()") for name in in_worlds() if way(name).word in ("rows", "sums")} | set(TABLES)
    return tuple(check for check in CHECKS if follows.issuperset(header(sql("checks", check)).reads))


def get_ready(worlds: Worlds) -> None:
    """Make what checks of the small builds will read and nobody has asked for: in the transaction it is too late."""
    due = [check for check in scoped() if not worlds.still.holds(*_reads(check))]
    worlds.provide(table for check in due for table in _reads(check))
    worlds.connection.execute("use work")


def check(connection: duckdb.DuckDBPyConnection, inputs: "Inputs", worlds: Worlds, everything: bool = False) -> None:
    """Run every check on what changed, or on `everything`. Raises CheckFailedError.

    What reads only tables that are as they were held when they were built.
    """
    rows = () if everything else scoped()
    due = [check for check in CHECKS if everything or not worlds.still.holds(*_reads(check))]
    run_checks(connection, inputs, [check for check in due if check not in rows])
    connection.execute(f"use {NOW}")
    run_checks(connection, inputs, [check for check in due if check in rows])
    connection.execute("use work")


def _reads(check: str) -> tuple[str, ...]:
    return header(sql("checks", check)).reads
