"""This module owns how numbers, days and ages are written: thousands, sensible digits, n/a for nothing."""

import math
from datetime import date, datetime

NOTHING = "n/a"
MINUS = "\u2212"
TIMES_MAX = 100  # beyond it the earlier number was next to nothing, and a multiple of it says nothing
UNCHANGED = 0.0005  # a change that would be written 0.0%
_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "BRL": "R$", "AUD": "A$", "CAD": "C$"}


def known(value: float | None) -> bool:
    """Whether there is a number at all (marts say NULL, frames say NaN)."""
    return value is not None and math.isfinite(value)


def money(value: float | None, currency: str, places: int | None = None) -> str:
    """`$1,234`, `$12.34`, `$0.123`: digits by size unless `places` fixes them; the sign before the symbol."""
    if value is None or not known(value):
        return NOTHING
    size = abs(value)
    if places is None:
        places = 0 if size >= 1000 else 2 if size >= 1 or size == 0 else 3
    symbol = _SYMBOLS.get(currency, f"{currency} ")
    return f"{_sign(round(value, places))}{symbol}{size:,.{places}f}"


def count(value: float | None) -> str:
    """`12,345`."""
    return f"{_sign(round(value))}{abs(value):,.0f}" if value is not None and known(value) else NOTHING


def percent(value: float | None) -> str:
    """A share as a percentage with three digits that mean something: `31.2%`, `4.57%`, `0.82%`."""
    if value is None or not known(value):
        return NOTHING
    size = abs(value) * 100
    return f"{_sign(value)}{size:.{1 if size >= 10 or size == 0 else 2}f}%"


def times(value: float | None) -> str:
    """A ratio of two sums of money, such as ROAS: `1.84`."""
    return f"{_sign(value)}{abs(value):,.2f}" if value is not None and known(value) else NOTHING


def in_unit(value: float | None, unit: str, currency: str, places: int | None = None) -> str:
    """A number in the unit of its measure: `money`, `share`, `times` or `count`."""
    if unit == "money":
        return money(value, currency, places)
    return {"share": percent, "times": times}.get(unit, count)(value)


def interval(low: float | None, high: float | None, unit: str, currency: str) -> str:
    """`$0.08–$0.17`, and `to` where a minus sign would make the dash ambiguous; empty if there is none."""
    if low is None or high is None or not known(low) or not known(high):
        return ""
    places = 2 if unit == "money" and max(abs(low), abs(high)) >= 1 else 3
    ends = [in_unit(end, unit, currency, places) for end in (low, high)]
    return (" to " if MINUS in ends[0] else "–").join(ends)


def change(now: float | None, before: float | None) -> float | None:
    """The relative change; None where it would mean nothing: nothing earlier, zero or less, or next to nothing."""
    if now is None or before is None or not known(now) or not known(before) or before <= 0:
        return None
    return now / before - 1 if abs(now) <= TIMES_MAX * before else None


def change_words(ratio: float) -> str:
    """`+12.3%`, `−4.0%`, `unchanged`; multiples from tenfold on, which no percentage makes readable."""
    if abs(ratio) < UNCHANGED:
        return "unchanged"
    if ratio >= 9:
        return f"×{ratio + 1:,.0f}"
    return f"{'+' if ratio >= 0 else MINUS}{abs(ratio) * 100:.{0 if abs(ratio) >= 1 else 1}f}%"


def days_between(first: date, last: date) -> str:
    """`17–23 Nov 2026`, `28 Oct – 3 Nov 2026`, `23 Nov 2026`."""
    end = f"{last.day} {last:%b %Y}"
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{end}"
    begin = f"{first.day} {first:%b}" if first.year == last.year else f"{first.day} {first:%b %Y}"
    return f"{begin} – {end}"


def age(since: datetime, now: datetime) -> str:
    """`just now`, `4 min ago`, `3 h ago`, `2 days ago` (both times aware)."""
    seconds = (now - since).total_seconds()
    if seconds < 45:
        return "just now"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min ago"
    if seconds < 36 * 3600:
        return f"{round(seconds / 3600)} h ago"
    return f"{round(seconds / 86400)} days ago"


def _sign(value: float) -> str:
    return MINUS if value < 0 else ""
