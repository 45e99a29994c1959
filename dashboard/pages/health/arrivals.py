"""This module owns the queries of what arrives: senders, what of it can be used, what stands in the quarantine."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pandas as pd

from dashboard import reading
from dashboard.filtering import period_values, where
from dashboard.look import Look
from dashboard.spans import Span
from ingest.rejection import REASONS, REFUSALS

SILENT_DAYS = 2  # neither on this UTC day nor on the one before
SILENT_HOURS = 24  # of who usually sends every day
# Kinds of data_quality that are shares of something: (kind, title, of what).
SHARES = (
    ("duplicates", "Repeats", "of what was received"),
    ("quarantined", "Quarantined", "of what was received"),
    ("late", "Late", "of what happened"),
    ("non_human", "Not human", "of what happened"),
)
_RECEIVED = """select sender, day, sum(items) filter (where kind = 'received')::bigint as received
from data_quality where day_basis = 'received' and day between $first and $last and {where}
group by sender, day having sum(items) filter (where kind = 'received') > 0 order by sender, day"""
_ENDS = """select sender, null::timestamp as newest_delivery, max(day) as last_day,
  sum(items) filter (where kind = 'received')::bigint as items,
  coalesce(sum(items) filter (where kind = 'refused'), 0)::bigint as refusals, null::bigint, null::double
from data_quality where day_basis = 'received' and {where} group by sender"""
_SENDERS = """select sender, last_delivery as newest_delivery, last_day, items, refused, items_last_day,
  usual_day_items
from sender_activity where {where}"""
_SHARES = """select sender, day, sum(items) filter (where kind = 'received')::double as received,
  sum(items) filter (where kind = 'interactions')::double as interactions,
  coalesce(sum(items) filter (where kind = 'duplicates'), 0)::double as duplicates,
  coalesce(sum(items) filter (where kind = 'quarantined'), 0)::double as quarantined,
  coalesce(sum(items) filter (where kind = 'late'), 0)::double as late,
  coalesce(sum(items) filter (where kind = 'non_human'), 0)::double as non_human
from data_quality where day between $first and $last and {where} group by sender, day order by sender, day"""
_KEPT_ASIDE = """select sender, kind, detail, sum(items)::bigint as items, min(day) as first_day, max(day) as last_day
from data_quality where kind in ('in_quarantine', 'refused') and {where}
group by sender, kind, detail order by kind, items desc, sender, detail"""


@dataclass(frozen=True)
class Arrival:
    """One sender: when it last delivered, how much it did in the last 24 hours and usually does in a day, and what is
    to be said of it. `series` has a value a day.
    """

    sender: str
    state: str
    newest: datetime | None
    last_day: date | None
    usual: float | None
    last_day_items: int | None
    series: tuple[float | None, ...]
    items: int
    refusals: int
    alarming: bool


def recently(look: Look, days: int) -> Span:
    """The last UTC days up to now, whatever the period is: receipts are booked on them, and silence is of now."""
    last = look.fresh.as_of.date()
    return Span(last - timedelta(days=days - 1), last, look.period.oldest)


def arrivals(look: Look, span: Span) -> list[Arrival]:
    """Every sender that is configured or ever delivered, silent ones first; `series` over the days of the span."""
    kept = where(look, "data_quality")
    days = reading.frame(look.real, _RECEIVED.format(where=kept.sql), {**kept.values, **period_values(span)})
    mart = _SENDERS if reading.columns_of(look.real, "sender_activity") else _ENDS  # a version from before this mart
    found = {str(row[0]): row for row in reading.rows(look.real, mart.format(where=kept.sql), kept.values)}
    wanted = [name for name in look.settings.senders if look.state.sender in (None, name)]
    made = [_arrival(name, found.get(name), days, look, span) for name in dict.fromkeys([*wanted, *found])]
    return sorted(made, key=lambda each: (not each.alarming, each.sender))


def _arrival(name: str, row: tuple[object, ...] | None, days: pd.DataFrame, look: Look, span: Span) -> Arrival:
    _sender, newest, last, items, refusals, today, usual = row or (name, None, None, 0, 0, None, None)
    own = days[days["sender"] == name].set_index("day")["received"]
    begun = own.index.min() if len(own) else None
    series = [
        float(own.get(pd.Timestamp(day), 0)) if begun is not None and pd.Timestamp(day) >= begun else None
        for day in _days(span)
    ]
    at, day = newest if isinstance(newest, datetime) else None, last if isinstance(last, date) else None
    often = usual if isinstance(usual, float) else None
    state, alarming = standing(day, at, often, look, name in look.settings.senders)
    return Arrival(
        name, state, at, day, often, None if today is None else int(str(today)), tuple(series), int(str(items or 0)),
        int(str(refusals or 0)), alarming,
    )  # fmt: skip


def standing(
    last: date | None, newest: datetime | None, usual: float | None, look: Look, configured: bool
) -> tuple[str, bool]:
    """(what to say of a sender, whether somebody should look): from the UTC day of its last delivery and, of a sender
    that usually sends something every day, from the moment.
    """
    if last is None:
        return "nothing ever came", configured
    gone = (look.fresh.as_of.date() - last).days
    hours = (look.fresh.as_of - newest.replace(tzinfo=UTC)).total_seconds() / 3600 if newest else 0.0
    if usual and SILENT_HOURS <= hours < 24 * SILENT_DAYS:
        return f"silent for {hours:.0f} hours", configured
    if gone >= SILENT_DAYS:
        return f"silent for {gone} days", configured
    return ("delivers" if configured else "delivers, not in whichad.toml"), False


def _days(span: Span) -> list[date]:
    return [span.first + timedelta(days=number) for number in range(span.days)]


def shares(look: Look) -> pd.DataFrame:
    """One row per sender and day: `received, interactions`, and the counts of SHARES (days of receipt and of event)."""
    kept = where(look, "data_quality")
    values = period_values(look.period)
    if look.period.last == look.fresh.today:  # the UTC day may be ahead of the reporting day
        values["last"] = max(look.period.last, look.fresh.as_of.date())
    return reading.frame(look.real, _SHARES.format(where=kept.sql), {**kept.values, **values})


def whole(kind: str) -> str:
    """The column that a kind is a share of."""
    return "received" if kind in ("duplicates", "quarantined") else "interactions"


def kept_aside(look: Look) -> pd.DataFrame:
    """What stands in the quarantine now and what was refused, by sender and reason; not by period."""
    kept = where(look, "data_quality")
    return reading.frame(look.real, _KEPT_ASIDE.format(where=kept.sql), kept.values)


def reason(kind: str, code: str) -> str:
    """The sentence of a code, as ingest answers it."""
    if kind == "refused":
        return REFUSALS[code].sentence if code in REFUSALS else code
    return REASONS.get(code, REFUSALS[code].sentence if code in REFUSALS else code)
