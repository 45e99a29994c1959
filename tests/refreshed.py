"""This module owns the tests' way to refresh books by their news, and to hold them against a full build of the same."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

from journeys import NOW, Books

from analytics.build import build
from analytics.incremental.refreshing import Limits, Refreshed, refresh_incrementally

ALWAYS = Limits(rows_min=0, share_max=1e6)


def refresh(books: Books, minutes: float, work: Path | None = None) -> Refreshed:
    """Load, and refresh the last build, or a copy of it, as of so many minutes after NOW."""
    books.load()
    made_of = books.settings.record_path, books.inputs(NOW + timedelta(minutes=minutes))
    return refresh_incrementally(work or books.settings.work_path, *made_of, ALWAYS)


def full(books: Books, minutes: float) -> dict[str, list[tuple[Any, ...]]]:
    """Every table of a full build of the same, with the fit that there is."""
    work = Path(shutil.copy(books.settings.work_path, books.settings.data_dir / "full.duckdb"))
    build(work, books.settings.record_path, books.inputs(NOW + timedelta(minutes=minutes)))
    return books.tables(work)


def differing(books: Books, minutes: float) -> list[str]:
    """The tables that are not as a full build makes them."""
    one, other = books.tables(), full(books, minutes)
    return [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)]
