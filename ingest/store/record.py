"""This module owns the record file: its lock, its birth, its verified opening, and what happens when it is damaged.

DuckDB's own lock is a POSIX record lock, which any open-and-close of the file in the same process drops, so
the writer holds a lock of its own on a separate file. DuckDB's WAL can lose committed rows in silence, so each
open compares what the load counts say with what is there; the record is derived, and is rebuilt when they differ,
from the archive and then the journal.
"""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import IO

import duckdb

from ingest import logs, parsed
from ingest.archive.layout import ArchiveError
from ingest.durable import fsync
from ingest.holding import HeldError, hold
from ingest.store.errors import RecordError
from ingest.store.opening import SCHEMA_VERSION, holder, missing_bytes, missing_rows, older, refuse_newer, schema_of
from ingest.store.rebuild import older_than_archive, rebuild

MEMORY_LIMIT = "2GB"  # WAL replay obeys it, and aborts in a loop where it is too small
STORAGE_VERSION = "v1.5.0"
READ_TRIES_SECONDS = 5.0
_DAMAGE = re.compile("Corrupt database file|Could not read enough bytes")


class Record:
    """The writer's handle on `interactions.duckdb`, for the length of one cycle."""

    def __init__(self, path: Path) -> None:
        """`path` is the DuckDB file; it is made when it does not exist."""
        self.path = path
        self.rebuilt: str | None = None
        self._lock: IO[str] | None = None

    def __enter__(self) -> "Record":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        try:
            self.connection = self._open_verified()
        except BaseException:
            self._drop_lock()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _t: TracebackType | None) -> None:
        try:
            if kind is None:
                self.connection.execute("checkpoint")
        except duckdb.Error as broken:
            error = broken
            raise
        finally:
            self.connection.close()
            if isinstance(error, duckdb.Error) and _DAMAGE.search(str(error)):  # the next opening begins anew
                self._move_aside(str(error).splitlines()[0])
            self._drop_lock()

    def _take_lock(self) -> None:
        try:
            self._lock = hold(self.path.parent / "writer.lock")
        except HeldError as error:
            raise RecordError(f"writer.lock is held by {error.holder}: one loader at a time.") from None

    def _drop_lock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _open_verified(self) -> duckdb.DuckDBPyConnection:
        if not self.path.exists():
            return self._make_anew("was missing")
        version = SCHEMA_VERSION
        self._distrust_wal()
        try:
            connection = _open(self.path)
            version = schema_of(connection)
            refuse_newer(connection, self.path, version)
            missing = (
                older(version)
                or missing_bytes(connection, self.path)
                or older_than_archive(connection, self.path.parent)
                or missing_rows(connection)
            )
        except duckdb.Error as error:
            missing, connection = str(error).splitlines()[0], None
        if missing is None and connection is not None:
            return connection
        if connection is not None:
            connection.close()
        elif missing and "could not set lock" in missing.lower():  # a damaged "block" is no lock
            self._distrust_wal(undo=True)
            raise RecordError(
                f"{self.path.name} is held open by another process ({holder(missing)}); the journal is loaded once it"
                " closes the file. Analysts open creatives.duckdb instead, which nothing waits for."
            )
        self._move_aside(missing or "", "damaged" if version == SCHEMA_VERSION else f"schema-{version}")
        return self._make_anew(f"was put aside ({missing})")

    def _distrust_wal(self, undo: bool = False) -> None:
        """Put aside the WAL that a crash left: a zeroed sector in it can change values under counts that stay right.

        What it held is loaded again from the journal, from the position of the last checkpoint on.
        """
        wal, aside = Path(f"{self.path}.wal"), Path(f"{self.path}.wal-unread")
        if undo and aside.exists():
            aside.replace(wal)
        elif not undo and wal.exists():
            wal.replace(aside)

    def _make_anew(self, why: str) -> duckdb.DuckDBPyConnection:
        """A new record, filled from the archive where there is one. Raises RecordError where that cannot be read."""
        _create(self.path)
        connection = _open(self.path)
        try:
            source = rebuild(connection, self.path.parent)
        except BaseException as error:  # half a record would be taken for one that is older than the archive
            connection.close()
            for suffix in ("", ".wal"):
                Path(f"{self.path}{suffix}").unlink(missing_ok=True)
            if isinstance(error, ArchiveError):
                raise RecordError(str(error)) from None
            raise
        if source:
            self.rebuilt = f"{self.path.name} {why}; it is rebuilt from {source}the journal"
            logs.say("refresh", self.rebuilt)
        return connection

    def _move_aside(self, why: str, mark: str = "damaged") -> None:
        """Damage is loud: the file is kept for a look, and everything is loaded again from archive and journal."""
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        for suffix in ("", ".wal"):
            damaged = Path(f"{self.path}{suffix}")
            if damaged.exists():
                damaged.rename(f"{self.path}.{mark}-{stamp}{suffix}")
        self.rebuilt = f"{self.path.name} was put aside ({why}); it is rebuilt from the journal"
        logs.say("refresh", self.rebuilt)


def _create(path: Path) -> None:
    """Make the file aside and rename it: a kill during the first writes of a new file leaves it unopenable."""
    aside = path.with_suffix(".new")
    aside.unlink(missing_ok=True)
    connection = duckdb.connect()
    connection.execute(f"attach '{_quoted(aside)}' as record (storage_version '{STORAGE_VERSION}')")
    connection.execute("use record")
    parsed.run(connection, files("ingest.store").joinpath("schema.sql").read_text(encoding="utf-8"))
    connection.execute("checkpoint record")
    connection.close()
    fsync(aside)
    aside.rename(path)
    fsync(path.parent)


def _open(path: Path) -> duckdb.DuckDBPyConnection:
    config: dict[str, str | bool | int | float | list[str]] = {"memory_limit": MEMORY_LIMIT}
    connection = duckdb.connect(str(path), config=config)
    connection.execute("set timezone = 'UTC'")
    return connection


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


@contextmanager
def read_record(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The record, read-only, between two cycles of the loop; tries for five seconds. Raises RecordError."""
    if not path.exists():
        raise RecordError(f"There is no record at {path} yet: nothing was loaded. Start: whichad up")
    deadline = time.monotonic() + READ_TRIES_SECONDS
    while True:
        try:
            connection = duckdb.connect(str(path), read_only=True)
            break
        except duckdb.Error as error:
            if time.monotonic() > deadline:
                raise RecordError(f"The record stayed busy for five seconds: {error}") from None
            time.sleep(0.05)
    try:
        yield connection
    finally:
        connection.close()
