"""This module owns how long an explanation waits for a file that the loop holds, and what is said when it gives up."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

import duckdb

from analytics.work.attaching import attach
from ingest.store.errors import RecordError
from ingest.store.record import read_record

T = TypeVar("T")
PATIENCE_SECONDS = 20.0  # a build that recomputes much holds its file longer than the five seconds of one try


def patiently(attempt: Callable[[], T], path: Path) -> T:
    """What an attempt gives, made again and again while `path` is busy. Raises RecordError, in words of our own."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return attempt()
        except RecordError:
            if not path.exists():  # nothing is there to wait for, and that is what it says
                raise
            if time.monotonic() > deadline:
                raise RecordError(
                    f"{path.name} stayed busy for {PATIENCE_SECONDS:.0f} seconds: the loop is building."
                    " Ask again in a moment."
                ) from None


@contextmanager
def attached(connection: duckdb.DuckDBPyConnection, path: Path, name: str) -> Iterator[None]:
    """A file as `name`, read-only, as `attach` has it; `path` may be a link. Raises RecordError."""
    with ExitStack() as stack:
        patiently(lambda: stack.enter_context(attach(connection, path.resolve(), name)), path)
        yield


@contextmanager
def recorded(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The record, read-only. Raises RecordError."""
    with ExitStack() as stack:
        yield patiently(lambda: stack.enter_context(read_record(path)), path)
