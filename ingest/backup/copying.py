"""This module owns consistent copies of databases that others are writing to."""

import sqlite3
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingest.backup.container import BackupError

BUSY_SECONDS = 30
DUCKDB_TRIES_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Segment:
    """What a copied segment holds: rows, and when the last one was received (naive UTC; None for none)."""

    rows: int
    newest: datetime | None


def copy_sqlite(source: Path, aside: Path) -> Segment | None:
    """Copy by SQLite's backup API, in one read transaction: a prefix of what is written. Raises sqlite3.Error.

    Returns what it holds where it is a journal segment. Sealed ones go this way, too: `forget` rewrites rows in them.
    """
    reading = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)
    try:
        writing = sqlite3.connect(aside, isolation_level=None)
        try:
            writing.execute("pragma synchronous=off")  # the whole backup is flushed once, at its end
            reading.backup(writing)
            return _segment(writing)
        finally:
            writing.close()
    finally:
        reading.close()


def _segment(connection: sqlite3.Connection) -> Segment | None:
    columns = {row[1] for row in connection.execute("pragma table_info(deliveries)")}
    if not {"row", "received_at", "chain"} <= columns:
        return None
    rows, newest = connection.execute("select count(*), max(received_at) from deliveries").fetchone()
    moment = None if newest is None else datetime.fromtimestamp(newest / 1e6, UTC).replace(tzinfo=None)
    return Segment(rows, moment)


def copy_duckdb(source: Path, aside: Path) -> None:
    """Copy the content by DuckDB itself, between two uses by others. Raises BackupError where it stays busy."""
    deadline = time.monotonic() + DUCKDB_TRIES_SECONDS
    while True:
        connection = duckdb.connect()
        try:
            connection.execute(f"attach '{_quoted(source)}' as source (read_only)")
            connection.execute(f"attach '{_quoted(aside)}' as target")
            connection.execute("copy from database source to target")
            return
        except duckdb.IOException as error:
            if "lock" not in str(error).lower():
                raise
            if time.monotonic() > deadline:
                raise BackupError(f"{source} stays in use by another process. Stop it, or try again.") from None
            time.sleep(0.1)
        finally:
            connection.close()


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
