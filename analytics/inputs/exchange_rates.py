"""This module owns the user's exchange rates: a CSV file, read once into exact, dated rates."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path

from analytics.config import AnalyticsSettings
from ingest.config import ConfigError
from ingest.currency import check_currency

COLUMNS = ("day", "currency", "rate")
RATE_MAX = Decimal(10) ** 8
RATE_DIGITS = 10  # after the point
FIRST_DAY = date(1, 1, 1)
Rate = tuple[str, date, date | None, Decimal]
_Stamp = tuple[int, int, int]


def rates(settings: AnalyticsSettings) -> tuple[Rate, ...]:
    """(currency, its first day, the day it no longer holds, units of the reporting currency for one), in order.

    The reporting currency is among them, at 1 for ever. Raises ConfigError that names the file and the line.
    """
    own: Rate = (settings.currency, FIRST_DAY, None, Decimal(1))
    if settings.currencies.rates is None:
        return (own,)
    path = settings.base_dir / settings.currencies.rates
    try:
        stat = path.stat()
    except OSError as error:
        raise ConfigError(
            f"The rates {path} (currencies.rates) cannot be read: {error.strerror}. Write the file, with the columns"
            f" {', '.join(COLUMNS)}, or take the setting out; then other currencies are shown and not converted."
        ) from None
    return (own, *_read(path, settings.currency, (stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size)))


@lru_cache(maxsize=2)
def _read(path: Path, reporting: str, _stamp: _Stamp) -> tuple[Rate, ...]:
    """The rates of a file that did not change since."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"The rates {path} are not a UTF-8 text ({error}). Save the file as UTF-8.") from None
    found: dict[tuple[str, date], tuple[Decimal, int]] = {}
    for line, key, rate in _lines(path, text, reporting):
        if key in found:
            raise _wrong(path, line, f"{key[0]} has a rate for {key[1]} on line {found[key][1]} already. Keep one")
        found[key] = rate, line
    ordered = sorted(found)
    until = [
        after[1] if after and after[0] == key[0] else None
        for key, after in zip(ordered, [*ordered[1:], None], strict=True)
    ]
    return tuple((*key, end, found[key][0]) for key, end in zip(ordered, until, strict=True))


def _lines(path: Path, text: str, reporting: str) -> Iterator[tuple[int, tuple[str, date], Decimal]]:
    reader = csv.reader(text.splitlines())
    head = [cell.strip().lower() for cell in next(reader, [])]
    if sorted(head) != sorted(COLUMNS):
        raise _wrong(path, 1, f"the first line must name the columns {', '.join(COLUMNS)}")
    for row in reader:
        cells = dict(zip(head, (cell.strip() for cell in row), strict=False))
        if not any(cells.values()):
            continue
        try:
            if len(row) != len(COLUMNS):
                raise ValueError(f"has {len(row)} cells, not {len(COLUMNS)}")
            key = check_currency(cells["currency"].upper()), date.fromisoformat(cells["day"])
            yield reader.line_num, key, _rate(cells["rate"], key[0] == reporting)
        except ValueError as error:
            raise _wrong(path, reader.line_num, str(error)) from None


def _rate(text: str, is_reporting: bool) -> Decimal:
    """An exact rate. Raises ValueError."""
    try:
        rate = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a rate, such as 1.0842") from None
    if not rate.is_finite() or not 0 < rate < RATE_MAX:
        raise ValueError(f"a rate is above 0 and below {RATE_MAX:,}, not {text}")
    if rate != round(rate, RATE_DIGITS):
        raise ValueError(f"{text} has more than {RATE_DIGITS} digits after the point")
    if is_reporting and rate != 1:
        raise ValueError("this is the reporting currency, which is 1 of itself. Take the line out")
    return rate


def _wrong(path: Path, line: int, what: str) -> ConfigError:
    return ConfigError(f"The rates {path}, line {line}: {what}.")
