"""This module owns opening the version in force, read-only, and the sentence where none is published yet."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.config import ConfigError

if TYPE_CHECKING:  # whoever only hands the path to a process of its own needs no engine
    import duckdb

OLDER = "The published file is of an older version. Build it again: whichad analytics build"


def check_published(link: Path) -> None:
    """Raises ConfigError where nothing is published yet."""
    if not link.exists():
        raise ConfigError("Nothing is published yet. Start the loop with: whichad up")


@contextmanager
def opened(link: Path) -> Iterator["duckdb.DuckDBPyConnection"]:
    """The version in force: its real path is taken first. Raises ConfigError where there is none, duckdb.Error."""
    import duckdb

    check_published(link)
    connection = duckdb.connect(str(link.resolve()), read_only=True)
    try:
        yield connection
    finally:
        connection.close()
