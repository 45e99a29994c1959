"""This module owns how tests ask a panel: a look at a published file, as a URL would make it."""

from pathlib import Path

from dashboard import freshness, periods
from dashboard.config import Settings
from dashboard.figures.theme import scheme_of
from dashboard.look import Look, oldest_day
from dashboard.people.visitor import LOCAL
from dashboard.state import parse

EMPTY = Path("no-such-folder")


def look_at(real: Path, search: str = "?period=all", scheme: str = "light", settings: Settings | None = None) -> Look:
    """The look of a URL's query string at one published file, by the local visitor."""
    state, fresh = parse(search), freshness.of(real)
    period = periods.days_of(state, fresh.today, oldest_day(real, fresh.today))
    before = periods.compared(state, period)
    own = settings or Settings(data_dir=EMPTY, kind="arbitrage", senders={})
    return Look(real, state, fresh, period, before, scheme_of(scheme), own, LOCAL)
