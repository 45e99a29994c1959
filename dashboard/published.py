"""This module owns the way to the published file: which version is newest, and a cursor on it for one query.

Opening a file with forty commented tables reads its whole catalog, which takes longer than most queries. So a version
is opened once, and closed when a newer one is asked for and no query reads the old one any more.
"""

import atexit
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import duckdb

from ingest.terminal.called import as_called

# What the open version may keep of its file in memory; DuckDB's own limit is most of the machine's.
MEMORY = "1GB"


class NothingPublished(Exception):
    """No version has been published yet."""


@dataclass
class _Version:
    """A published file that is open, and by how many queries it is read just now."""

    real: Path
    connection: duckdb.DuckDBPyConnection
    readers: int = 0


class _Versions:
    """The version that was asked for last, and older ones that are still read."""

    def __init__(self) -> None:
        self._door, self._open = Lock(), dict[Path, _Version]()
        self._last: Path | None = None

    def lend(self, real: Path) -> _Version:
        with self._door:
            version = self._open.get(real)
            if version is None:
                connection = duckdb.connect(str(real), read_only=True)
                connection.execute(f"set memory_limit = '{MEMORY}'")
                version = self._open[real] = _Version(real, connection)
            version.readers += 1
            self._last = real
            self._close_unread()
            return version

    def take_back(self, version: _Version) -> None:
        with self._door:
            version.readers -= 1
            self._close_unread()

    def close(self) -> None:
        with self._door:
            self._last = None
            self._close_unread()

    def _close_unread(self) -> None:
        for version in list(self._open.values()):
            if version.readers == 0 and version.real != self._last:
                self._open.pop(version.real).connection.close()


_versions = _Versions()
atexit.register(_versions.close)  # the client complains of connections that outlive it


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
    """A cursor of its own on the version, closed afterwards (a shared one gave threads each other's rows)."""
    version = _versions.lend(real)
    try:
        cursor = version.connection.cursor()
        try:
            yield cursor
        finally:
            cursor.close()
    finally:
        _versions.take_back(version)


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
