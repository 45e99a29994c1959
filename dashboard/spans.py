"""This module owns spans of days: both ends inclusive, in the reporting zone, as far back as there is data."""

from dataclasses import dataclass
from datetime import date, timedelta


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
