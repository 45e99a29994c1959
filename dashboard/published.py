"""This module owns the way to the published file: which version is newest, and opening it for one query."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ingest.called import as_called


class NothingPublished(Exception):
    """No version has been published yet."""


def newest(link: Path) -> Path:
    """The real file behind the symlink. Raises NothingPublished.

    Resolved before opening: DuckDB caches instances per path and would keep serving an old version.
    """
    real = Path(os.path.realpath(link))
    if not real.is_file():
        raise NothingPublished
    return real


@contextmanager
def opened(real: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection of its own, closed afterwards (a shared one gave threads each other's rows)."""
    con = duckdb.connect(str(real), read_only=True)
    try:
        yield con
    finally:
        con.close()


def trouble(data_dir: Path) -> str | None:
    """The sentence of `status.json` if the last cycle went wrong; an unreadable file says nothing."""
    try:
        status = json.loads((data_dir / "status.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(status, dict) or status.get("ok") is not False:
        return None
    sentence = status.get("sentence")
    return as_called(sentence) if isinstance(sentence, str) and sentence else "The last refresh did not succeed."
