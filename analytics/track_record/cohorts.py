"""This module owns the choice of days whose verdicts are judged, so far apart that no day after them counts twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

JUDGED_AFTER = (7, 14, 28)
RECORD_DAYS = 365  # what was said longer ago speaks of another time


@dataclass(frozen=True, slots=True)
class Frame:
    """What the track record depends on besides the tables. Days that are maturing do not count, nor does today."""

    today: date
    maturity_days: int
    objective: str
    currency: str
    clicks_min: int

    @property
    def matures_after(self) -> int:
        """How many days before today the last mature day is."""
        return max(self.maturity_days, 1)

    @property
    def mature(self) -> date:
        """The last mature day."""
        return self.today - timedelta(days=self.matures_after)


@dataclass(frozen=True, slots=True)
class Cohorts:
    """`judged`: the days whose following days are over and mature; `pending`: the newest, where they are not."""

    judged: tuple[date, ...]
    pending: date | None

    @property
    def all(self) -> list[date]:
        """Both, in order."""
        return sorted({*self.judged, *([self.pending] if self.pending else [])})


def cohorts(said: Iterable[date], mature: date, after_days: int) -> Cohorts:
    """Of the days with verdicts, the newest that can be judged by the `after_days` after, the newest so far before it …

    `mature` is the last mature day. A verdict of day t is judged by the days t + 1 to t + after_days.
    """
    days = sorted(set(said), reverse=True)
    judged: list[date] = []
    latest = mature - timedelta(days=after_days)
    is_pending = bool(days) and days[0] > latest
    for day in days:
        if mature - timedelta(days=RECORD_DAYS) < day <= latest:
            judged.append(day)
            latest = day - timedelta(days=after_days)
    return Cohorts(tuple(judged), days[0] if is_pending else None)
