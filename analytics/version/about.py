"""This module owns what a published file says of itself: its version, its counts, and what to fix next."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from analytics.version.opened import opened

NOTHING_TO_FIX = "nothing found: every cent has its place"
_FRESHNESS = "select version, built_at, interactions, statements, duplicates, quarantined from freshness"


@dataclass(frozen=True, slots=True)
class Version:
    """One published version. `fix` is None where it is of a release that did not know what to fix."""

    fix: str | None
    version: str
    built_at: datetime
    interactions: int
    statements: int
    duplicates: int
    quarantined: int

    @property
    def counts(self) -> str:
        """What went into it, in words."""
        return (
            f"{self.interactions:,} interactions, {self.statements:,} statements, {self.duplicates:,} duplicates,"
            f" {self.quarantined:,} quarantined"
        )


def read(path: Path) -> Version | None:
    """What the file at `path` says; None where it says nothing. Raises duckdb.Error."""
    with opened(path) as connection:
        row = connection.execute(_FRESHNESS).fetchone()
        return Version(_fix(connection), *row) if row else None


def _fix(connection: duckdb.DuckDBPyConnection) -> str | None:
    try:
        row = connection.execute("select sentence || ' ' || action from next_fixes where rank = 1").fetchone()
    except duckdb.CatalogException:
        return None
    return str(row[0]) if row else NOTHING_TO_FIX
