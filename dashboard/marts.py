"""This module owns the values that rows of the published marts become: freshness, spans of days."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Freshness:
    """What the published file says about itself; times are aware UTC, `target` is in the objective's unit."""

    newest_event: datetime | None
    as_of: datetime
    zone: ZoneInfo
    currency: str
    kind: str
    objective: str
    target: float | None
    interactions: int
    headline_rule: str = ""
    conversion_kind: str = ""
    maturity_days: int = 0
    version: str = ""
    creatives: int = 0

    @property
    def today(self) -> date:
        """The reporting day in which the data was taken."""
        return self.as_of.astimezone(self.zone).date()


@dataclass(frozen=True)
class Span:
    """The days of a window, both inclusive, in the reporting zone; `oldest` is the first day with data."""

    first: date
    last: date
    oldest: date

    @property
    def days(self) -> int:
        """How many days the window has."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> "Span | None":
        """The equally long span just before; None where the data does not reach back that far."""
        first = self.first - timedelta(days=self.days)
        return Span(first, self.first - timedelta(days=1), self.oldest) if first >= self.oldest else None

    def at_least(self, days: int) -> "Span":
        """The same, begun earlier so that it has `days` days, as far as there is data."""
        wanted = min(self.first, self.last - timedelta(days=days - 1))
        return Span(min(self.first, max(wanted, self.oldest)), self.last, self.oldest)
