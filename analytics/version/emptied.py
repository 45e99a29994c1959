"""This module owns the published file before its rows: the tables and views of the marts, and a comment on each column.

Writing 1900 comments takes 0.4 s, more than all the rest of a small publish, and they are the same each time: they
are written once a process, into a file whose bytes are kept, and each version begins as a copy of it.
"""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import duckdb

from analytics.archived import views
from analytics.dictionary import names, write_comments
from analytics.plan import sql
from analytics.version.marts import CONTRACT, MARTS
from ingest import parsed

STORAGE_VERSION = "v1.5.0"  # so that analysts' older clients can open it
TABLES = tuple(mart for mart, kind in MARTS.items() if kind == "table")
_SHAPES = """
select table_name, sql from duckdb_tables()
where database_name = current_database() and list_contains($tables, table_name) order by table_name
"""
_files: dict[tuple[tuple[str, str], ...], bytes] = {}  # by what the tables are like: one, but for models that change


def make_empty(connection: duckdb.DuckDBPyConnection, aside: Path) -> None:
    """Make the file `aside` with the marts of the current database, without rows."""
    shapes = tuple(parsed.run(connection, _SHAPES, {"tables": list(TABLES)}).fetchall())
    if shapes not in _files:
        _files[shapes] = _made(connection, aside.with_suffix(".like.new"))  # a kill's leftover is cleared like others
    aside.write_bytes(_files[shapes])


def _made(connection: duckdb.DuckDBPyConnection, like: Path) -> bytes:
    try:
        connection.execute(f"attach '{_quoted(like)}' as alike (storage_version '{STORAGE_VERSION}')")
        _describe(connection)
        connection.execute("checkpoint alike")
        connection.execute("detach alike")
        return like.read_bytes()
    finally:
        like.unlink(missing_ok=True)


def _describe(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("begin")  # one sync for all
    for mart in TABLES:
        connection.execute(f"create table alike.{mart} as from {mart} limit 0")
    connection.execute("commit")
    with closing(connection.cursor()) as alike:
        alike.execute("use alike")
        alike.execute("begin")
        for mart, kind in MARTS.items():
            if kind == "view":
                alike.execute(f"create view {mart} as\n{sql('models', mart)}")
        views.make(alike)
        alike.execute(f"create schema {CONTRACT}")
        named = names(alike)
        for mart, columns in named.items():
            _promise(alike, mart, columns)
        write_comments(alike, named)
        alike.execute("commit")


def _promise(connection: duckdb.DuckDBPyConnection, mart: str, columns: Sequence[str]) -> None:
    """The view of the contract over a mart: its columns by name, so that what the mart gains later is no part of it."""
    kept = ", ".join(f'"{column}"' for column in columns)
    connection.execute(f"create view {CONTRACT}.{mart} as select {kept} from main.{mart}")  # noqa: S608 (our own names)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
