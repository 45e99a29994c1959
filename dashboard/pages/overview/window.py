"""This module owns which verdicts a look may speak of: those of a window that ends today, where no filter cuts them."""

from datetime import timedelta

from dashboard.look import Look
from dashboard.spans import Span
from dashboard.state import WINDOWS

# A verdict is of a creative in a network, campaign and country: what looks inside of that has none.
UNJUDGED = ("account", "ad", "sender", "device")
USUAL = 7  # the window whose verdicts are told where the days themselves have none


def window_of(look: Look) -> int | None:
    """The verdicts' window (0: all days) that these days are; None: there is no verdict on them."""
    if look.state.days is not None:
        return look.state.days
    ends_today = look.period.last == look.fresh.today
    return look.period.days if ends_today and look.period.days in WINDOWS else None


def judged(look: Look) -> bool:
    """Whether the verdicts speak of what is shown: their days, and whole creatives in their scopes."""
    return window_of(look) is not None and not cut_by(look)


def cut_by(look: Look) -> tuple[str, ...]:
    """The filters that are set and look inside a verdict's scope."""
    return tuple(name for name in look.state.filtered if name in UNJUDGED)


def full_days(look: Look) -> tuple[Span | None, Span | None]:
    """(days that are over, their counterparts of the comparison period), both of one length; None where there are none.

    A day that is not over is in no comparison: spend comes in before what it earns.
    """
    over = min(look.period.last, look.fresh.today - timedelta(days=1))
    now = Span(look.period.first, over, look.period.oldest) if over >= look.period.first else None
    if now is None or look.before is None:
        return now, None
    first = look.before.first
    return now, Span(first, min(first + timedelta(days=now.days - 1), look.before.last), look.before.oldest)
