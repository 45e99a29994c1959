"""This module owns local days and hours: which day label an instant has in an account's zone.

Instants are integers, milliseconds since the epoch. Every zone of the world is a whole number of hours from
UTC, so an hour never spans two local days, and a table of hours answers for a whole array.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

SECOND = 1000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
EPOCH_DAY = date(1970, 1, 1).toordinal()


def ms_of(moment: datetime) -> int:
    """Milliseconds since the epoch of an aware `moment`; raise ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment of the world needs a time zone")
    return round(moment.timestamp() * 1000)


def moment_of(ms: int) -> datetime:
    """The aware UTC datetime of milliseconds since the epoch."""
    return datetime.fromtimestamp(ms / 1000, tz=UTC)


@lru_cache(maxsize=100_000)
def local_hour(zone: str, epoch_hour: int) -> int:
    """Hours since 1970-01-01 00:00 on the wall clock of `zone`, at UTC hour `epoch_hour`."""
    offset = datetime.fromtimestamp(epoch_hour * 3600, tz=ZoneInfo(zone)).utcoffset() or timedelta()
    return epoch_hour + int(offset.total_seconds()) // 3600


def local_day(zone: str, ms: int) -> int:
    """The day number (days since 1970-01-01) that `zone` has at the instant `ms`."""
    return local_hour(zone, ms // HOUR) // 24


def local_days(zone: str, ms: Ints) -> Ints:
    """The day numbers that `zone` has at the instants `ms`."""
    if ms.size == 0:
        return ms
    hours = ms // HOUR
    first, last = int(hours.min()), int(hours.max())
    table = np.array([local_hour(zone, hour) // 24 for hour in range(first, last + 1)], dtype=np.int64)
    days: Ints = table[hours - first]
    return days


@lru_cache(maxsize=10_000)
def day_begin(zone: str, day: int) -> int:
    """The instant at which day number `day` begins in `zone`."""
    label = label_of(day)
    return ms_of(datetime(label.year, label.month, label.day, tzinfo=ZoneInfo(zone)))


@lru_cache(maxsize=10_000)
def label_of(day: int) -> date:
    """The calendar date of a day number."""
    return date.fromordinal(EPOCH_DAY + day)


def number_of(label: date) -> int:
    """The day number of a calendar date."""
    return label.toordinal() - EPOCH_DAY


def stamp(ms: int) -> str:
    """RFC 3339 in UTC with milliseconds, as the platforms write it."""
    return moment_of(ms).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


def stamps(ms: Ints) -> list[str]:
    """`stamp` of a whole array (numpy formats a hundred thousand in the time Python formats ten thousand)."""
    written: list[str] = np.datetime_as_string(ms.astype("datetime64[ms]"), timezone="UTC").tolist()
    return written
