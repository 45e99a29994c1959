"""This module owns what the pages say of maturity: where it begins, and the one sentence for either side of it.

A day is mature when nearly all of its money has come in: `maturity_days` after it, the published file's own number.
Rates, intervals, verdicts and comparisons are made of mature days; sums and lines have all days. Who needs another age
(money that is known at an age of its own) gives `days`.
"""

from dataclasses import replace
from datetime import date, timedelta

from dashboard import numbers
from dashboard.figures.maturing import WORDS
from dashboard.look import Look
from dashboard.spans import Span

NOT_YET = "No day of this period is mature yet"


def last_mature(look: Look, days: int | None = None) -> date:
    """The last day that is mature."""
    age = look.fresh.maturity_days if days is None else days
    return look.fresh.today - timedelta(days=max(age, 1))


def maturing_from(look: Look, days: int | None = None) -> date:
    """The first day whose money can still change."""
    return last_mature(look, days) + timedelta(days=1)


def mature_part(look: Look, span: Span, days: int | None = None) -> Span | None:
    """The mature days of a span; None where it has none."""
    last = min(span.last, last_mature(look, days))
    return replace(span, last=last) if last >= span.first else None


def maturing_part(look: Look, span: Span, days: int | None = None) -> Span | None:
    """The days of a span that are still maturing; None where it has none."""
    first = max(span.first, maturing_from(look, days))
    return replace(span, first=first) if first <= span.last else None


def maturing_words(look: Look, span: Span, days: int | None = None, hatched: bool = False) -> str:
    """`24–26 Nov 2026 are still maturing (hatched): what their clicks bring can still change.`, or nothing to say."""
    part = maturing_part(look, span, days)
    if part is None:
        return ""
    verb, whose = ("is", "its") if part.first == part.last else ("are", "their")
    drawn = " (hatched)" if hatched else ""
    told = numbers.days_between(part.first, part.last)
    return f"{told} {verb} {WORDS}{drawn}: what {whose} clicks bring can still change."


def mature_words(look: Look, span: Span, days: int | None = None, what: str = "") -> str:
    """`Of mature days only: 20–23 Nov 2026.`, of `what` if named: what a number is made of that waits for its money."""
    part = mature_part(look, span, days)
    if part is None:
        return f"{NOT_YET}."
    begin = f"{what} is of" if what else "Of"
    return f"{begin} mature days only: {numbers.days_between(part.first, part.last)}."


def window_words(look: Look, days: int) -> str:
    """The same of the verdicts of a window up to today (0: all days)."""
    today, oldest = look.fresh.today, look.period.oldest
    first = today - timedelta(days=days - 1) if days else min(oldest, today)
    name = f"the last {days} days" if days > 1 else "today" if days else "all days"
    return f"Verdicts of {name}. {mature_words(look, Span(max(first, min(oldest, today)), today, oldest))}"


def meaning(look: Look) -> str:
    """What the word means here, for who asks."""
    age = max(look.fresh.maturity_days, 1)
    return f"a day is mature {age} {'day' if age == 1 else 'days'} later, when nearly all of its money has come in"
