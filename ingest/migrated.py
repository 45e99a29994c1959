"""This module owns small SQLite files of what people set up: opening one for each use, and bringing an older one up.

A handful of rows, some milliseconds, and no thread holds another's connection. The version of a file's schema is the
number of its migrations: a released one is never edited, what comes later is a new one at the end.
"""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ingest.audit import Line, equal

BUSY_SECONDS = 5.0
NEWER = "A newer whichad made it: use that one."
_FAULTS_MAX = 3


class StoreError(Exception):
    """The file cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class MigratedFile:
    """A file of the data folder by its name, and the statements of each of its migrations, in order."""

    name: str
    migrations: Sequence[Sequence[str]]

    @contextmanager
    def reading(self, data_dir: Path) -> Iterator[sqlite3.Connection]:
        """A connection to look things up with. Where nobody ever wrote, it is empty, and no file is made."""
        path = data_dir / self.name
        if path.exists():
            connection = self._open(path)
        else:
            connection = self._migrated(sqlite3.connect(":memory:", isolation_level=None))
        try:
            yield connection
        except sqlite3.DatabaseError as error:
            raise _in_words(path, error) from error
        finally:
            connection.close()

    @contextmanager
    def writing(self, data_dir: Path) -> Iterator[sqlite3.Connection]:
        """A connection inside one transaction: all of it is on disk afterwards, or, where something raises, nothing."""
        path = data_dir / self.name
        _make(path)
        connection = self._open(path)
        try:
            connection.execute("begin immediate")
            yield connection
            connection.execute("commit")
        except sqlite3.DatabaseError as error:
            raise _in_words(path, error) from error
        finally:
            connection.close()  # what was not committed is rolled back

    def lines(self, data_dir: Path, part: str, way_back: str) -> Iterator[Line]:
        """The lines of `whichad verify`: it is whole, and of a known schema; none where nobody ever wrote."""
        path = data_dir / self.name
        if not path.exists():
            return
        try:
            # Not `reading`, which would bring an older file up: who looks for damage changes nothing.
            uri = f"{path.absolute().as_uri()}?mode=rw"
            with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS)) as opened:
                version = int(opened.execute("pragma user_version").fetchone()[0])
                faults = [str(each) for (each,) in opened.execute(f"pragma integrity_check({_FAULTS_MAX})")]
                strays = len(opened.execute("pragma foreign_key_check").fetchall())
        except sqlite3.DatabaseError as error:
            yield Line(part, f"{self.name} can be read", str(error), "all of it", False, way_back)
            return
        yield equal(part, f"{self.name} is whole", "; ".join(faults), "ok", way_back)
        yield equal(part, f"{self.name}: rows that name what is not there", strays, 0, way_back)
        known = version <= len(self.migrations)
        yield Line(part, f"{self.name}: schema", str(version), f"{len(self.migrations)} or older", known,
                   "" if known else NEWER)  # fmt: skip

    def _open(self, path: Path) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
            try:
                return self._migrated(connection)
            except BaseException:
                connection.close()
                raise
        except sqlite3.DatabaseError as error:
            raise _in_words(path, error) from error

    def _migrated(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        """The connection, its schema the newest one."""
        connection.execute("pragma foreign_keys = on")
        if self._version(connection) < len(self.migrations):
            connection.execute("pragma journal_mode = wal")
            connection.execute("begin immediate")  # of two processes that open an old file, one migrates
            for statements in self.migrations[self._version(connection) :]:
                for statement in statements:
                    connection.execute(statement)
            connection.execute(f"pragma user_version = {len(self.migrations)}")
            connection.execute("commit")
        return connection

    def _version(self, connection: sqlite3.Connection) -> int:
        found, newest = int(connection.execute("pragma user_version").fetchone()[0]), len(self.migrations)
        if found > newest:
            raise StoreError(
                f"{self.name} has schema {found}, and this whichad knows up to {newest}: a newer one made it. "
                "Use that one, or restore the backup from before the update."
            )
        return found


def _make(path: Path) -> None:
    """Make the file for its owner's eyes before SQLite writes to it; its WAL takes over the mode."""
    if path.exists():
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise StoreError(f"{path} cannot be made ({error.strerror}).") from None


def _in_words(path: Path, error: sqlite3.DatabaseError) -> StoreError:
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return StoreError(f"{path} stays in use by another process. Try again.")
    return StoreError(f"{path} cannot be used ({error}). A copy of it is in every backup: whichad restore.")
