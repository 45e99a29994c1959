"""This module owns which days a period has, and which days it is compared with."""

from datetime import date, timedelta

from dashboard.spans import Span
from dashboard.state import State, range_of


def days_of(state: State, today: date, oldest: date) -> Span:
    """The days of the state's period, both ends inclusive, in the reporting zone."""
    own = range_of(state.period)
    if own is not None:
        return Span(own[0], own[1], oldest)
    if state.days is not None:
        first = today - timedelta(days=state.days - 1) if state.days else min(oldest, today)
        return Span(first, today, oldest)
    begun = today.replace(day=1)
    ended = begun - timedelta(days=1)
    first, last = {
        "today": (today, today),
        "yesterday": (today - timedelta(days=1), today - timedelta(days=1)),
        "month": (begun, today),
        "lastmonth": (ended.replace(day=1), ended),
    }[state.period]
    return Span(first, last, oldest)


def compared(state: State, span: Span) -> Span | None:
    """The days to compare with; None where nobody asked, or where the data does not reach back that far.

    previous: as many days just before. weekdays: the same weekdays, as few whole weeks back as are needed.
    year: the same dates a year earlier (of 29 February the 28th).
    """
    if state.vs == "none" or state.period == "all":
        return None
    if state.vs == "year":
        before = Span(_year_back(span.first), _year_back(span.last), span.oldest)
    else:
        back = span.days if state.vs == "previous" else -(-span.days // 7) * 7
        before = Span(span.first - timedelta(days=back), span.last - timedelta(days=back), span.oldest)
    return before if before.first >= span.oldest else None


def _year_back(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
