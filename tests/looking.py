"""This module owns looks into a database file from a test: one DuckDB of the worker attaches it for each, read-only.

A DuckDB of its own for each look took 20 ms of the processor, and a run looks thousands of times.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb

from analytics.work.attaching import attach

_one_at_a_time = threading.RLock()


@contextmanager
def look(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file, for queries that name its tables as if they were alone. Raises RecordError where there is none."""
    with _one_at_a_time:
        try:
            with attach(_lookout(), path, "looked"):
                _lookout().execute("use looked")
                yield _lookout()
        except duckdb.FatalException:  # a DuckDB that read what is damaged answers nothing more
            _lookout.cache_clear()
            raise


@cache
def _lookout() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})
