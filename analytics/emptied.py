"""This module owns the published file before its rows: the tables and views of the marts, and a comment on each column.

Writing 900 comments takes 0.4 s, more than all the rest of a small publish, and they are the same each time: they
are written once a process, into a file whose bytes are kept, and copied from it into each version. The views over the
archive name the data folder, and are made in each file that is not a copy.
"""

from contextlib import closing
from pathlib import Path

import duckdb

from analytics.archived import views
from analytics.archived.views import Reach, using
from analytics.dictionary import names, write_comments
from analytics.marts import CONTRACT, MARTS
from analytics.plan import sql
from ingest import parsed

TABLES = tuple(mart for mart, kind in MARTS.items() if kind == "table")
_SHAPES = """
select table_name, sql from duckdb_tables()
where database_name = current_database() and list_contains($tables, table_name) order by table_name
"""
_files: dict[tuple[tuple[str, str], ...], bytes] = {}  # by what the tables are like: one, but for models that change


def make_empty(connection: duckdb.DuckDBPyConnection, aside: Path) -> None:
    """Make the marts of the current database, without rows, in the one attached as `published`; `aside` is its file."""
    shapes = tuple(parsed.run(connection, _SHAPES, {"tables": list(TABLES)}).fetchall())
    like = aside.with_suffix(".like.new")  # a leftover of a kill is cleared like the others
    try:
        if shapes in _files:
            like.write_bytes(_files[shapes])
        connection.execute(f"attach '{_quoted(like)}' as alike")
        if shapes not in _files:
            _describe(connection)
            connection.execute("checkpoint alike")
            _files[shapes] = like.read_bytes()
        parsed.run(connection, "copy from database alike to published (schema)")
        connection.execute("detach alike")
    finally:
        like.unlink(missing_ok=True)


def make_views(connection: duckdb.DuckDBPyConnection, reach: Reach) -> None:
    """Make the views over the archive in `published`, in the caller's transaction; `reach` says what they read."""
    with using(connection, "published"):
        views.make(connection, reach)
        for view in views.VIEWS:
            _promise(connection, view)
        write_comments(connection, views.VIEWS)


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
        views.make_table(alike)
        alike.execute(f"create schema {CONTRACT}")
        kept = (*MARTS, views.TABLE)
        for mart in kept:
            _promise(alike, mart)
        write_comments(alike, kept)
        alike.execute("commit")


def _promise(connection: duckdb.DuckDBPyConnection, mart: str) -> None:
    """The view of the contract over a mart: its columns by name, so that what the mart gains later is no part of it."""
    kept = ", ".join(f'"{name}"' for name in names(connection, mart))
    connection.execute(f"create or replace view {CONTRACT}.{mart} as select {kept} from main.{mart}")  # noqa: S608 (our own names)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
