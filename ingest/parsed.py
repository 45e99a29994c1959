"""This module owns parsing SQL once a process: half of a small statement's time is spent on reading its text.

`DuckDB` reads a text twice where values are bound; a parsed statement can be run again on any connection.
"""

import atexit
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

_KEPT_MAX = 2000  # of texts that are ours and stay the same; one that is put together anew each time would only fill it
_parsed: dict[str, list[duckdb.Statement]] = {}
atexit.register(_parsed.clear)  # at the end of the process, the client would complain of statements that live on


def run(
    connection: duckdb.DuckDBPyConnection, text: str, values: Mapping[str, Any] | Sequence[Any] | None = None
) -> duckdb.DuckDBPyConnection:
    """`connection.execute(text, values)` for a text of the code's own: only values differ. Raises duckdb.Error."""
    statements = _parsed.get(text)
    if statements is None:
        statements = connection.extract_statements(text)
        if len(_parsed) < _KEPT_MAX:
            _parsed[text] = statements
    for statement in statements:
        if values:
            connection.execute(statement, values)
        else:
            connection.execute(statement)
    return connection
