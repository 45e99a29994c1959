"""This module owns making room in work.duckdb: what another release kept as a table and is a view now, or the reverse.

Neither replaces the other, and the file outlives the release that made it.
"""

import duckdb

from analytics.incremental.ways import way
from analytics.plan import MODELS

_STANDING = "select table_name, table_type from information_schema.tables where table_catalog = current_database()"


def make(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop every model in the current database that stands there as the other kind."""
    standing = dict(connection.execute(_STANDING).fetchall())
    for model in MODELS:
        is_view = standing.get(model) == "VIEW"
        if model in standing and is_view != (way(model).word == "view"):
            connection.execute(f"drop {'view' if is_view else 'table'} {model}")
