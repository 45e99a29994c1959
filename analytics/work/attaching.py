"""This module owns patience with database files that another process holds for a moment: the loop, or who looks on."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ingest.store.errors import RecordError
from ingest.store.record import READ_TRIES_SECONDS


@contextmanager
def attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> Iterator[None]:
    """Attach a file as `name`, read-only, for as long as the block lasts; tries for five seconds. Raises RecordError.

    Nothing of `name` may be in use at the block's end: it is detached then, and the loop can have it.
    """
    if not path.exists():
        raise RecordError(f"There is no {path.name} yet: nothing is built. Build it: whichad analytics build")
    try:
        attach_patiently(connection, path, name, read_only=True)
    except duckdb.IOException as error:
        raise RecordError(
            f"{path.name} stayed busy for five seconds: the loop is building. Ask again in a moment."
        ) from error
    try:
        yield
    finally:
        connection.execute("use memory")
        connection.execute(f"detach {name}")


def attach_patiently(connection: duckdb.DuckDBPyConnection, path: Path, name: str, read_only: bool = False) -> None:
    """Attach a file as `name`; tries for five seconds while another process holds it. Raises duckdb.Error."""
    quoted = str(path).replace("'", "''")
    _patiently(lambda: connection.execute(f"attach '{quoted}' as {name}{' (read_only)' if read_only else ''}"))


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a file for writing; tries for five seconds while another process looks into it. Raises duckdb.Error."""
    return _patiently(lambda: duckdb.connect(str(path)))


def _patiently(attempt: Callable[[], duckdb.DuckDBPyConnection]) -> duckdb.DuckDBPyConnection:
    deadline = time.monotonic() + READ_TRIES_SECONDS
    while True:
        try:
            return attempt()
        except duckdb.IOException as error:
            if not is_held(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def is_held(error: duckdb.Error) -> bool:
    """Whether a file is held by another process, and not damaged."""
    return "could not set lock" in str(error).lower()
