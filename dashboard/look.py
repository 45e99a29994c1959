"""This module owns what a panel is asked: the published file, what the visitor looks at, and the days that gives."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from dashboard import freshness, periods
from dashboard.config import Settings
from dashboard.figures.theme import Scheme, scheme_of
from dashboard.freshness import Freshness
from dashboard.people.visitor import Visitor, visitor
from dashboard.published import newest
from dashboard.reading import VERSIONS, rows
from dashboard.spans import Span
from dashboard.state import State, parse


@dataclass(frozen=True)
class Look:
    """One look at one version: everything that decides what a panel shows, and nothing else."""

    real: Path
    state: State
    fresh: Freshness
    period: Span
    before: Span | None
    scheme: Scheme
    settings: Settings
    visitor: Visitor


def looking(settings: Settings, search: str | None, scheme: str | None = None) -> Look:
    """The look of a URL's query string at the newest version. Raises NothingPublished, duckdb.Error."""
    return look_at(newest(settings.published_link), settings, search, scheme)


def look_at(real: Path, settings: Settings, search: str | None = "", scheme: str | None = None) -> Look:
    """The same at one published file. Raises duckdb.Error."""
    state, fresh = parse(search), freshness.of(real)
    period = periods.days_of(state, fresh.today, oldest_day(real, fresh.today))
    before = periods.compared(state, period)
    return Look(real, state, fresh, period, before, scheme_of(scheme), settings, visitor())


def oldest_day(real: Path, today: date) -> date:
    """The first day with data; today where there is none."""
    return _oldest_day(real) or today


@lru_cache(maxsize=VERSIONS)
def _oldest_day(real: Path) -> date | None:
    found = rows(real, "select min(day) from facts_daily")[0][0]
    return found if isinstance(found, date) else None
