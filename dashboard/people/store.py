"""This module owns data/dashboard.sqlite: where it is, opening it, and bringing an older one up.

It is opened for each use and closed: a handful of rows, some milliseconds, and no thread holds another's connection.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dashboard.people.schema import MIGRATIONS

NAME = "dashboard.sqlite"
BUSY_SECONDS = 5.0


class StoreError(Exception):
    """The file cannot be used; the message says why and what to do."""


@contextmanager
def reading(data_dir: Path) -> Iterator[sqlite3.Connection]:
    """A connection to look things up with. Where nobody ever wrote, it is empty, and no file is made."""
    path = data_dir / NAME
    connection = _open(path) if path.exists() else _migrated(sqlite3.connect(":memory:", isolation_level=None))
    try:
        yield connection
    except sqlite3.DatabaseError as error:
        raise _in_words(path, error) from error
    finally:
        connection.close()


@contextmanager
def writing(data_dir: Path) -> Iterator[sqlite3.Connection]:
    """A connection inside one transaction: all of it is on disk afterwards, or, where something is raised, nothing."""
    path = data_dir / NAME
    _make(path)
    connection = _open(path)
    try:
        connection.execute("begin immediate")
        yield connection
        connection.execute("commit")
    except sqlite3.DatabaseError as error:
        raise _in_words(path, error) from error
    finally:
        connection.close()  # what was not committed is rolled back


def _make(path: Path) -> None:
    """Make the file for its owner's eyes before SQLite writes to it; its WAL takes over the mode."""
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(f"{path} cannot be made ({error.strerror}).") from None


def _open(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            return _migrated(connection)
        except BaseException:
            connection.close()
            raise
    except sqlite3.DatabaseError as error:
        raise _in_words(path, error) from error


def _migrated(connection: sqlite3.Connection) -> sqlite3.Connection:
    """The connection, its schema the newest one."""
    connection.execute("pragma foreign_keys = on")
    if _version(connection) < len(MIGRATIONS):
        connection.execute("pragma journal_mode = wal")
        connection.execute("begin immediate")  # of two processes that open an old file, one migrates
        for statements in MIGRATIONS[_version(connection) :]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"pragma user_version = {len(MIGRATIONS)}")
        connection.execute("commit")
    return connection


def _version(connection: sqlite3.Connection) -> int:
    found = int(connection.execute("pragma user_version").fetchone()[0])
    if found > len(MIGRATIONS):
        raise StoreError(
            f"{NAME} has schema {found}, and this whichad knows up to {len(MIGRATIONS)}: a newer one made it. "
            "Use that one, or restore the backup from before the update."
        )
    return found


def _in_words(path: Path, error: sqlite3.DatabaseError) -> StoreError:
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return StoreError(f"{path} stays in use by another process. Try again.")
    return StoreError(f"{path} cannot be used ({error}). A copy of it is in every backup: whichad restore.")
