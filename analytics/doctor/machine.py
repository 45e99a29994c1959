"""This module owns the doctor's look at the machine: versions, the visitors' key, the zone and currency of the days."""

import sqlite3
import sys
from collections.abc import Iterator

import duckdb

from analytics.config import AnalyticsSettings
from analytics.status.health import Finding
from ingest.visitors.key import KEY_NAME


def versions(_settings: AnalyticsSettings) -> Iterator[Finding]:
    """Python, DuckDB and SQLite are new enough."""
    version = sys.version.split()[0]
    yield Finding("python", sys.version_info >= (3, 11), version, "Use Python 3.11 or newer.")
    known = tuple(int(part) for part in duckdb.__version__.split(".")[:2] if part.isdigit())
    yield Finding("duckdb", known >= (1, 5), duckdb.__version__, "Install DuckDB 1.5.5 or newer.")
    yield Finding("sqlite", sqlite3.sqlite_version_info >= (3, 35), sqlite3.sqlite_version, "Use SQLite 3.35 or newer.")


def zone(settings: AnalyticsSettings) -> Iterator[Finding]:
    """Arbitrage is settled by the feed's day and in its currency: a default that nobody chose is a mistake."""
    said = settings.model_fields_set
    detail = f"days of {settings.timezone}, money in {settings.currency}"
    missing = [name for name in ("timezone", "currency") if name not in said]
    if settings.kind != "arbitrage" or not missing:
        yield Finding("reporting", True, detail)
        return
    hint = (
        f"Say {' and '.join(missing)} at the top of whichad.toml, as your feed settles: "
        'often timezone = "America/Los_Angeles", currency = "USD".'
    )
    yield Finding("reporting", False, f"{detail}, because nobody said otherwise", hint)


def key(settings: AnalyticsSettings) -> Iterator[Finding]:
    """The key of visitor hashes is nobody else's to read."""
    path = settings.data_dir / KEY_NAME
    if not path.exists():
        yield Finding("visitor key", True, "will be made at the first start")
        return
    private = path.stat().st_mode & 0o077 == 0
    yield Finding("visitor key", private, "private" if private else "readable by others", f"chmod 600 {path}")
