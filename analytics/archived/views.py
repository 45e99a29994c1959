"""This module owns the views over the archive: where its Parquet lies, how far a version reads it, what the views say.

A version reads the archive as of the seal that was the last one when it was published (`archive_reach`), through the
link `archive/current`, which always names a whole generation. So what is sealed, compacted or withdrawn later changes
nothing in it, and what is forgotten is gone from all versions at once. The paths are absolute: a view has to read the
same from any working directory. They stand in the views of the schema `archive_rows` alone, one per kind: all the
rest is the same in every version, and is written once a process (`analytics.version.emptied`).
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

from analytics.archived.reading import KINDS
from analytics.version.marts import ARCHIVED
from ingest import parsed
from ingest.archive.layout import Archive, ArchiveError
from ingest.archive.shape import shapes
from ingest.items.item import VERSIONED_TYPES

VIEWS = tuple(name for name, kind in ARCHIVED.items() if kind == "view")
_SEALED = re.compile(r"\bsealed\.(\w+)")
_PATTERN = re.compile(r"([*?\[])")  # what a folder's name must not mean
_MAKE = (
    "create table archive_reach ("
    "seal bigint, received_to timestamp, sealed_at timestamp, folder varchar, kinds varchar[])",
    "create schema archive_rows",
    "create table archive_rows.versions (key_hash bigint, first_at timestamp, content_hash bigint)",
)
_READ = "select seal, folder, kinds from published.archive_reach"
_NOTE = ("delete from published.archive_reach", "insert into published.archive_reach values (?, ?, ?, ?, ?)")


class UnreadableError(Exception):
    """The archive cannot be read; the message says so, and what it means."""


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

    @property
    def nowhere(self) -> "Reach":
        """The same archive as if nothing were sealed."""
        return Reach(self.folder, 0, None, None, ())


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
    """The SELECT of a view, which reads `sealed.<kind>`, or `sealed` itself, which reads `archive_rows.<kind>`."""
    return files("analytics.archived").joinpath(f"{view}.sql").read_text(encoding="utf-8")


def make(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the views in the current database, which has the marts, over an archive that has no file."""
    for statement in _MAKE:
        connection.execute(statement)
    for kind in KINDS:
        connection.execute(f"create view archive_rows.{kind} as {_nothing(kind)}")
    for view in VIEWS:
        connection.execute(f"create view {view} as\n{_of_what_counts(text(view))}")


def settle(connection: duckdb.DuckDBPyConnection, reach: Reach) -> None:
    """Let the views of the database `published` read what there is now, in the caller's transaction.

    Raises UnreadableError, and then the transaction is over.
    """
    before = connection.execute(_READ).fetchall()
    if before == [(reach.seal, reach.folder, list(reach.kinds))]:
        return
    connection.execute(_NOTE[0])
    connection.execute(_NOTE[1], reach.row)
    if not reach.kinds and (not before or not before[0][2]):
        return  # as they were made
    try:
        with _using(connection, "published"):
            if [each[1:] for each in before] != [(reach.folder, list(reach.kinds))]:
                for kind in KINDS:
                    _point(connection, kind, reach)
            connection.execute("delete from archive_rows.versions")
            connection.execute(
                f"insert into archive_rows.versions by name {_of_what_counts(text('versions'))}",
                {"versioned": VERSIONED_TYPES},
            )
    except duckdb.Error as error:
        said = str(error).splitlines()[0]
        raise UnreadableError(
            f"The archive cannot be read, so `interactions` and `statements` are empty in this version: {said}."
            " What is wrong there says: whichad ingest archive status --verify"
        ) from error


@contextmanager
def _using(connection: duckdb.DuckDBPyConnection, database: str) -> Iterator[None]:
    """Let a database be the current one, for what a view names has to be found while it is made.

    Not set back after an error: an aborted transaction takes no statement any more.
    """
    before = connection.execute("select current_database()").fetchall()[0][0]
    connection.execute(f"use {database}")
    yield
    connection.execute(f'use "{before}"')


@cache
def _of_what_counts(query: str) -> str:
    """A view's text with what counts of the files in place of `sealed.<kind>`."""
    sealed = _without_comments(text("sealed"))
    return _SEALED.sub(
        lambda kind: f"({sealed.replace('archive_rows.kind', f'archive_rows.{kind[1]}')})", _without_comments(query)
    )


def _without_comments(query: str) -> str:
    return "\n".join(line for line in query.splitlines() if not line.startswith("--"))


def _point(connection: duckdb.DuckDBPyConnection, kind: str, reach: Reach) -> None:
    """Let `archive_rows.<kind>` read the files of a kind, or nothing where there is none.

    Older files lack columns that came since: each has all columns all the same.
    """
    rows = _nothing(kind)
    if kind in reach.kinds:
        folder = _PATTERN.sub(r"[\1]", reach.folder)
        path = f"{folder}/{kind}/*/*.parquet".replace("'", "''")
        read = f"read_parquet('{path}', hive_partitioning = true, union_by_name = true)"
        rows += f" union all by name select * from {read}"  # noqa: S608 (a path, quoted)
    parsed.run(connection, f"create or replace view archive_rows.{kind} as {rows}")


def _nothing(kind: str) -> str:
    empty = ", ".join(f'cast(null as {type_}) as "{name}"' for name, type_ in shapes(KINDS)[kind])
    return f"select {empty} where false"
