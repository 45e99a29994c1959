"""This module owns the views over the archive: where its Parquet lies, how far a version reads it, what the views say.

A version reads the archive as of the seal that was the last one when it was published (`archive_reach`), through the
link `archive/current`, which always names a whole generation. So what is sealed, compacted or withdrawn later changes
nothing in it, and what is forgotten is gone from all versions at once. The paths are absolute: a view has to read the
same from any working directory.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path

import duckdb

from analytics.marts import ARCHIVED
from ingest import parsed
from ingest.archive.layout import Archive, ArchiveError
from ingest.archive.shape import shape

KINDS = ("interactions", "reports", "settlements", "ads", "withdrawn")
VIEWS = tuple(name for name, kind in ARCHIVED.items() if kind == "view")
_SEALED, _FILES = re.compile(r"\bsealed\.(\w+)"), re.compile(r"\barchive\.(\w+)")
_PATTERN = re.compile(r"([*?\[])")  # what a folder's name must not mean
TABLE = "archive_reach"
_MAKE = """
create table archive_reach (
  seal bigint, received_to timestamp, sealed_at timestamp, folder varchar, kinds varchar[])
"""
_READ = "select folder, kinds from published.archive_reach"


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the archive goes at a moment, and where it lies. `kinds` are those it has files of."""

    folder: str
    seal: int
    received_to: datetime | None
    sealed_at: datetime | None
    kinds: tuple[str, ...]

    @property
    def row(self) -> list[object]:
        """The row of `archive_reach`."""
        return [self.seal, self.received_to, self.sealed_at, self.folder, list(self.kinds)]


def reach_of(data_dir: Path) -> Reach:
    """How far the archive of a data folder goes now; nowhere where it cannot be read: the loop says so anyway."""
    archive = Archive(data_dir.resolve())
    try:
        return _reach(archive.root.parent, archive.generation())
    except ArchiveError:
        return _reach(archive.root.parent, 0)


@cache
def _reach(data_dir: Path, number: int) -> Reach:
    """A generation never changes, and its manifest names every file of the archive."""
    archive = Archive(data_dir)
    manifest = archive.manifest(number) if number else None
    folder = str(archive.current)
    if manifest is None:
        return Reach(folder, 0, None, None, ())
    kinds = {file.kind for file in manifest.files}
    sealed_at = max((seal.sealed_at for seal in manifest.seals if seal.what == "seal"), default=None)
    return Reach(folder, number, manifest.received_to, sealed_at, tuple(k for k in KINDS if k in kinds))


def text(view: str) -> str:
    """The SELECT of a view, which reads `sealed.<kind>`, or `sealed` itself, which reads `archive.<kind>`."""
    return files("analytics.archived").joinpath(f"{view}.sql").read_text(encoding="utf-8")


def make_table(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `archive_reach`, without its row, in the current database."""
    connection.execute(_MAKE)


def make(connection: duckdb.DuckDBPyConnection, reach: Reach) -> None:
    """Make the views in the current database, which has `archive_reach` and the marts."""
    for view in VIEWS:
        parsed.run(connection, f"create or replace view {view} as\n{_over_files(text(view), reach)}")


def note(connection: duckdb.DuckDBPyConnection, reach: Reach) -> None:
    """Say in `archive_reach` of the database `published` how far its views read."""
    connection.execute("delete from published.archive_reach")
    connection.execute("insert into published.archive_reach values (?, ?, ?, ?, ?)", reach.row)


def reads(connection: duckdb.DuckDBPyConnection, reach: Reach) -> bool:
    """Whether the views of the database `published` read what they would read if they were made now."""
    return connection.execute(_READ).fetchall() == [(reach.folder, list(reach.kinds))]


@contextmanager
def using(connection: duckdb.DuckDBPyConnection, database: str) -> Iterator[None]:
    """Let a database be the current one, for what a view names has to be found while it is made.

    Not set back after an error: an aborted transaction takes no statement any more.
    """
    before = connection.execute("select current_database()").fetchall()[0][0]
    connection.execute(f"use {database}")
    yield
    connection.execute(f'use "{before}"')


def _over_files(query: str, reach: Reach) -> str:
    """A view's text with what counts of the files in place of `sealed.<kind>`."""
    sealed = _without_comments(text("sealed"))
    return _SEALED.sub(
        lambda kind: f"({_FILES.sub(lambda of: _source(kind[1], of[1], reach), sealed)})", _without_comments(query)
    )


def _without_comments(query: str) -> str:
    return "\n".join(line for line in query.splitlines() if not line.startswith("--"))


def _source(kind: str, of: str, reach: Reach) -> str:
    """The files of a kind (`rows`), or those of `withdrawn`, as a subquery.

    Older files lack columns that came since, and a kind may have no file: each has all columns all the same.
    """
    kind = kind if of == "rows" else of
    empty = ", ".join(f'cast(null as {type_}) as "{name}"' for name, type_ in shape(kind))
    nothing = f"select {empty} where false"
    if kind not in reach.kinds:
        return f"({nothing})"
    folder = _PATTERN.sub(r"[\1]", reach.folder)
    path = f"{folder}/{kind}/*/*.parquet".replace("'", "''")
    read = f"read_parquet('{path}', hive_partitioning = true, union_by_name = true)"
    return f"(select * from {read} union all by name {nothing})"  # noqa: S608 (a path, quoted)
