"""This module owns reading this package's SQL files, and running one with the values that it names."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import duckdb

from ingest import parsed


@cache
def sql(folder: str, name: str) -> str:
    """The text of `<folder>/<name>.sql`, with the columns of `amounts.sql` where a line names it."""
    amounts = files("analytics.history").joinpath("amounts.sql").read_text(encoding="utf-8")
    text = files("analytics.history").joinpath(folder, f"{name}.sql").read_text(encoding="utf-8")
    return text.replace("-- amounts.sql\n", amounts)


def run(
    connection: duckdb.DuckDBPyConnection, folder: str, name: str, values: Mapping[str, Any]
) -> duckdb.DuckDBPyConnection:
    """Run a file's statements, each with those of `values` that it binds by name. Raises duckdb.Error."""
    for text in sql(folder, name).split(";\n"):
        parsed.run(connection, text, {key: value for key, value in values.items() if f"${key}" in text})
    return connection
