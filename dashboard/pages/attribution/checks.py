"""This module owns whether credit adds up: worked out from the published numbers, exactly, and only then said."""

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from dashboard.look import Look
from dashboard.pages.attribution.asked import Asked
from dashboard.reading import VERSIONS, rows
from ingest.terminal.called import as_called

_ENTRIES = """
select bucket, reason, currency, conversions, revenue from attribution_ledger
where rule = $rule and window_days = $window and touch_types = $touches and conversion_kind = $kind
order by currency, bucket = 'total' desc, bucket = 'credited' desc, revenue desc, conversions desc, reason
"""
# Every rule and window against the ledger, on both date bases; a row is a difference.
_OFF = """
with credit as (
  select rule, window_days, touch_types, conversion_kind, date_basis, sum(conversions) as conversions,
    sum(revenue) as revenue
  from creative_credit group by all),
ledger as (
  select rule, window_days, touch_types, conversion_kind, conversions, revenue from attribution_ledger
  where bucket = 'credited' and currency = (select currency from freshness)),
bases as (select unnest(['event', 'click']) as date_basis)
select count(*) filter (coalesce(c.conversions, 0) <> l.conversions or coalesce(c.revenue, 0) <> l.revenue),
  count(distinct (l.rule, l.window_days, l.touch_types, l.conversion_kind)), count(distinct l.rule)
from ledger l cross join bases b left join credit c
  on c.rule = l.rule and c.window_days = l.window_days and c.touch_types = l.touch_types
  and c.conversion_kind = l.conversion_kind and c.date_basis = b.date_basis
"""


@dataclass(frozen=True)
class Entry:
    """One bucket of the ledger, exact."""

    bucket: str
    reason: str | None
    currency: str
    conversions: Decimal
    revenue: Decimal


@dataclass(frozen=True)
class Book:
    """The buckets of one currency."""

    entries: tuple[Entry, ...]

    def total(self, bucket: str) -> tuple[Decimal, Decimal]:
        """(conversions, money) of a bucket."""
        own = [each for each in self.entries if each.bucket == bucket]
        return sum((each.conversions for each in own), Decimal(0)), sum((each.revenue for each in own), Decimal(0))

    @property
    def off(self) -> tuple[Decimal, Decimal]:
        """Total less credited less unattributed, in conversions and in money: (0, 0) where it adds up."""
        total, credited, rest = (self.total(bucket) for bucket in ("total", "credited", "unattributed"))
        return total[0] - credited[0] - rest[0], total[1] - credited[1] - rest[1]


def books(look: Look, found: Asked, which: tuple[str, int], touches: str = "click") -> dict[str, Book]:
    """The ledger of one rule and window, a book per currency, the reporting one first."""
    values = {"rule": which[0], "window": which[1], "touches": touches, "kind": found.kind}
    entries = [
        Entry(
            str(bucket), None if reason is None else str(reason), str(currency), Decimal(str(many)), Decimal(str(money))
        )
        for bucket, reason, currency, many, money in rows(look.real, _ENTRIES, values)
    ]
    currencies = sorted({each.currency for each in entries}, key=lambda name: (name != look.fresh.currency, name))
    return {name: Book(tuple(each for each in entries if each.currency == name)) for name in currencies}


@lru_cache(maxsize=VERSIONS)
def _differences(real: Path) -> tuple[int, ...]:
    return tuple(int(str(each)) for each in rows(real, _OFF)[0])


def credited_words(look: Look) -> str:
    """Whether what creatives are credited adds up to the ledger, under every rule; over all days, without filters."""
    off, several, rules = _differences(look.real)
    if off:
        return (
            f"Attention: in {off} of {2 * several} checks what creatives are credited is not what the ledger calls"
            f" credited. {as_called('Run `whichad verify`.')}"
        )
    return (
        f"Over all days each of the {rules} rules adds up to what the ledger calls credited, by day of conversion and"
        f" by day of click: {several} sums checked, to the last millionth."
    )
