"""This module owns the file of the history: its birth, its checked opening, and what happens when it is damaged.

It cannot be derived, so a damaged one is never overwritten: it is put aside, a new one is begun, and both are said.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import duckdb

from analytics.history.errors import HistoryError
from analytics.history.migrating import migrate
from analytics.work.attaching import connect, is_held
from ingest.durable import fsync
from ingest.store.errors import RecordError
from ingest.store.record import READ_TRIES_SECONDS

NAME = "history.duckdb"
SCHEMA_VERSION = 2
STORAGE_VERSION = "v1.5.0"
WAY_BACK = "docs/history.md says how to bring back the one of a backup"
_DAMAGE = ("corrupt", "could not read enough bytes", "not a valid duckdb", "checksum", "catalog error", "serializ",
           "failed to load", "wal", "deserializ")  # fmt: skip
_COUNTS = """
select (select max(version) from schema_version), (select coalesce(sum(cells), 0) from days)::bigint,
  (select count(*) from closings), coalesce((select max(changes) from mark), 0), (select count(*) from changes)
"""


@contextmanager
def opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The history for writing; it must be there. Raises HistoryError, duckdb.Error."""
    try:
        connection = connect(path)
    except duckdb.Error as error:
        if is_held(error):
            raise HistoryError(f"{path.name} stayed in use by another process for five seconds") from None
        raise
    try:
        connection.execute("set timezone = 'UTC'")
        yield connection
    finally:
        connection.close()


@contextmanager
def looking(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The history for reading, between two steps. Raises RecordError where it stays in use, duckdb.Error for damage."""
    deadline = time.monotonic() + READ_TRIES_SECONDS
    while True:
        try:
            connection = duckdb.connect(str(path), read_only=True)
            break
        except duckdb.Error as error:
            if not is_held(error):
                raise
            if time.monotonic() > deadline:
                raise RecordError(
                    f"{path.name} stayed in use by another process for five seconds. Ask again."
                ) from None
            time.sleep(0.05)
    try:
        yield connection
    finally:
        connection.close()


def ready(path: Path) -> str | None:
    """Make the file where it is missing, and look whether it is whole; a damaged one is put aside and said.

    Returns the sentence about damage, None where all is well. Raises HistoryError where it cannot be used, OSError.
    """
    if not path.exists():
        _create(path)
        return None
    try:
        with opened(path) as connection:
            wrong = _wrong(connection, path)
            if wrong is None:
                migrate(connection)
    except duckdb.Error as error:
        if not is_damage(error):
            raise HistoryError(f"{path.name} cannot be opened ({_line(error)})") from None
        wrong = _line(error)
    return begin_anew(path, wrong) if wrong else None


def begin_anew(path: Path, why: str) -> str:
    """Put a damaged history aside and begin a new one; returns the sentence that says so."""
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    aside = path.with_name(f"{path.name}.damaged-{stamp}")
    for suffix in ("", ".wal"):
        damaged = Path(f"{path}{suffix}")
        if damaged.exists():
            damaged.rename(f"{aside}{suffix}")
    _create(path)
    return f"{path.name} was damaged ({why}): it is kept as {aside.name}, and a new one is begun; {WAY_BACK}"


def put_aside(path: Path) -> list[Path]:
    """Damaged histories that lie beside the one in use."""
    return sorted(found for found in path.parent.glob(f"{path.name}.damaged-*") if found.suffix != ".wal")


def is_damage(error: duckdb.Error) -> bool:
    """Whether an error speaks of the file's content, and not of locks, rights or a full disk."""
    return not is_held(error) and any(said in str(error).lower() for said in _DAMAGE)


def _wrong(connection: duckdb.DuckDBPyConnection, path: Path) -> str | None:
    """What the counts say must be there and is not: DuckDB's WAL can lose rows in silence. Raises HistoryError."""
    version, cells, closings, noted, changes = connection.execute(_COUNTS).fetchone() or (None, 0, 0, 0, 0)
    if version is None:
        return "it names no schema"
    if version > SCHEMA_VERSION:
        raise HistoryError(
            f"{path.name} has schema {version}, and this whichad writes {SCHEMA_VERSION}: a newer one made it, and it "
            "stays as it is. Run that version again"
        )
    if (cells, noted) != (closings, changes):
        return f"{cells} closing rows and {noted} changes were noted, {closings} and {changes} are there"
    return None


def _create(path: Path) -> None:
    """Make the file aside and rename it: a kill during the first writes of a new file leaves it unopenable."""
    aside = path.with_name(f"{path.name}.new")
    for leftover in (aside, Path(f"{aside}.wal")):
        leftover.unlink(missing_ok=True)
    connection = duckdb.connect()
    try:
        quoted = str(aside).replace("'", "''")
        connection.execute(f"attach '{quoted}' as history (storage_version '{STORAGE_VERSION}')")
        connection.execute(files("analytics.history").joinpath("schema.sql").read_text(encoding="utf-8"))
        connection.execute("checkpoint history")
    finally:
        connection.close()
    fsync(aside)
    aside.rename(path)
    fsync(path.parent)


def _line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0]
