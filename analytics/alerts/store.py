"""This module owns data/alerts.sqlite: where it is, opening it, its clock, and its lines of `whichad verify`."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from analytics.alerts.schema import MIGRATIONS
from ingest import migrated
from ingest.audit import Line

FILE = migrated.MigratedFile("alerts.sqlite", MIGRATIONS)
NAME, reading, writing = FILE.name, FILE.reading, FILE.writing
StoreError = migrated.StoreError
WAY_BACK = "Endpoints, rules and what was sent stand in it, and in every backup: whichad restore"


def now_ms() -> int:
    """The moment in unix milliseconds: all times of the store are such."""
    return time.time_ns() // 1_000_000


def moment(at_ms: int) -> datetime:
    """Such a time as a datetime in UTC."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def lines(data_dir: Path) -> Iterator[Line]:
    """The lines of `whichad verify`; none where nobody ever set up an alert."""
    yield from FILE.lines(data_dir, "alerts", WAY_BACK)
