"""This module owns the marts of the history: made of what was noted and of the step at hand, or empty."""

from importlib.resources import files
from pathlib import Path

import duckdb

from analytics.history.sql import run
from analytics.version.marts import HISTORY
from analytics.work.attaching import connect
from ingest import parsed


def make(connection: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Make all marts, or those named, in the current database: of `history` and the step's `noted_…` tables."""
    for name in names or HISTORY:
        run(connection, "marts", name, {})


def follow(connection: duckdb.DuckDBPyConnection) -> None:
    """The same where the marts in the current database are of the newest step: its closings are all there."""
    connection.execute("insert into closings by name from noted_closings")
    make(connection, *(name for name in HISTORY if name != "closings"))


def empty(connection: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Make marts without a row, where there is no history to make them of: in a build, or where it is broken."""
    connection.execute("attach ':memory:' as history")
    parsed.run(connection, files("analytics.history").joinpath("schema.sql").read_text(encoding="utf-8"))
    run(connection, "steps", "nothing", {})
    make(connection, *names)
    connection.execute("detach history")


def empty_in(work: Path) -> None:
    """All of them, in a work file. Raises duckdb.Error."""
    connection = connect(work)
    try:
        empty(connection)
    finally:
        connection.close()
