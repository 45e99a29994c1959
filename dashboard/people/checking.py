"""This module owns the lines of `whichad verify` about data/dashboard.sqlite: it is whole, and of a known schema."""

from collections.abc import Iterator
from pathlib import Path

from dashboard.people.store import FILE
from ingest.audit import Line

PART = "dashboard"
WAY_BACK = "Users, views, annotations and the audit trail stand in it, and in every backup: whichad restore"


def lines(data_dir: Path) -> Iterator[Line]:
    """The lines; none where nobody ever wrote, for then there is no such file."""
    yield from FILE.lines(data_dir, PART, WAY_BACK)
