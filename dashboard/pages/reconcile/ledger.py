"""This module owns the queries of where all money went: the ledger, its sum line, the settled cells."""

from decimal import Decimal

import pandas as pd

from dashboard import reading
from dashboard.filtering import bound
from dashboard.look import Look

# Side → its title, and its buckets in the order of the sheet with what each means. in = the sum of the others.
SIDES = {
    "spend": "Spend",
    "revenue": "Revenue",
    "settlement": "Settlements stated by feeds",
    "spend_duplicate": "Spend stated twice",
}
BUCKETS = {
    "direct": ("Of one creative", "the ad showed this one creative that day"),
    "allocated": ("Allocated", "the ad showed several creatives; shared by their clicks"),
    "campaign_only": ("Campaign or ad set only", "reported without an ad"),
    "unmatched": ("Unmatched", "belongs to no ad that anybody knows"),
    "matched": ("Matched", "stands with a creative"),
    "settlement_unallocated": ("Settled, of no goal", "settled money that no goal could get"),
    "unattributable": ("Unattributable", "names nothing that leads to a creative"),
    "non_human": ("Not human", "earned by what was no person"),
    "counted": ("Counted", "stands in the revenue"),
    "in_finer_cells": ("In finer cells", "a finer cell of the same day holds it"),
    "duplicate_report": ("Stated again", "another sender stated it, too; counted once"),
    "converted": ("Converted", "stands in the reporting currency, too"),
    "unconverted": ("Unconverted", "no rate: it stands nowhere else"),
}
_SHEET = """select side, currency, bucket, sum(amount) as amount from money_ledger
where day between $first and $last and {where} group by side, currency, bucket"""
_ACCOUNTS = """select side, sender, network, account_id, currency,
  sum(amount) filter (where bucket = 'in')::double as came_in,
  sum(amount) filter (where bucket in ('direct', 'allocated', 'matched', 'counted', 'converted'))::double as placed,
  sum(amount) filter (where bucket not in
    ('in', 'direct', 'allocated', 'matched', 'counted', 'converted'))::double as not_placed,
  sum(case when bucket = 'in' then amount else -amount end) = 0 as adds_up, bool_or(mixed_day) as mixed_day
from money_ledger where day between $first and $last and {where}
group by side, sender, network, account_id, currency
order by came_in desc, side, sender, network, account_id, currency"""
_CELLS = """select day, sender, settles, offer_id, campaign_id, ad_id, country, landing_page, sub_id, currency,
  stated::double as stated, amount::double as amount, shared::double as shared,
  unallocated::double as unallocated, goals, estimated::double as estimated, settlement_factor, mixed_day
from settlement_cells where day between $first and $last and {where}
order by abs(unallocated) desc nulls last, day desc, amount desc, key_hash limit 500"""
_SETTLED = """select count(*)::bigint, sum(amount), sum(shared), sum(unallocated), sum(estimated),
  coalesce(bool_and(amount = shared + unallocated), true) from settlement_cells
where day between $first and $last and {where}"""


def sheet(look: Look) -> list[dict[str, object]]:
    """The ledger as lines: of each side and currency `in` first, then its buckets, then the sum line with `adds_up`.

    Amounts are exact decimals.
    """
    found = reading.rows(look.real, *bound(look, "money_ledger", _SHEET))
    sides: dict[tuple[str, str], dict[str, Decimal]] = {}
    for side, currency, bucket, amount in found:
        sides.setdefault((str(side), str(currency)), {})[str(bucket)] = Decimal(str(amount))
    order = [*SIDES, *sorted({side for side, _ in sides} - set(SIDES))]
    keys = sorted(sides, key=lambda key: (order.index(key[0]), key[1] != look.fresh.currency, key[1]))
    return [line for key in keys for line in _lines(*key, sides[key])]


def _lines(side: str, currency: str, amounts: dict[str, Decimal]) -> list[dict[str, object]]:
    came = amounts.get("in", Decimal(0))
    order = [*BUCKETS, *sorted(set(amounts) - set(BUCKETS))]
    parts = sorted((name for name in amounts if name != "in"), key=order.index)
    whole = sum((amounts[name] for name in parts), Decimal(0))
    about = {"side": side, "currency": currency}
    lines: list[dict[str, object]] = [{**about, "bucket": "in", "amount": came, "share": None}]
    lines += [
        {**about, "bucket": name, "amount": amounts[name], "share": float(amounts[name] / came) if came else None}
        for name in parts
    ]
    return [*lines, {**about, "bucket": "sum", "amount": whole, "share": None, "adds_up": whole == came}]


def accounts(look: Look) -> pd.DataFrame:
    """One row per side, sender, network, account and currency: what came in, what has a place, whether it adds up."""
    return reading.frame(look.real, *bound(look, "money_ledger", _ACCOUNTS))


def cells(look: Look) -> pd.DataFrame:
    """Settled cells of the period, those with unallocated money first; at most 500."""
    return reading.frame(look.real, *bound(look, "settlement_cells", _CELLS))


def settled(look: Look) -> dict[str, object]:
    """All settled cells of the period together: `cells, amount, shared, unallocated, estimated, adds_up`, exact."""
    (row,) = reading.rows(look.real, *bound(look, "settlement_cells", _SETTLED))
    return dict(zip(("cells", "amount", "shared", "unallocated", "estimated", "adds_up"), row, strict=True))
