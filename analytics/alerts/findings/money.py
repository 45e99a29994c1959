"""This module owns `money.unattributable`: money of the last closed days that no creative can be given.

Revenue that is unattributable by sender, and spend that no ad is known for by network, from the money ledger.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from analytics.alerts.findings.looking import Found, Look, Published, subject_of

DAYS = 7
AGAIN = 2  # said again once it is so many times as much as when it was said last
_SUMS = """
select side, if(side = 'spend', network, sender) as who, currency,
  sum(amount) filter (bucket in ('unattributable', 'unmatched'))::decimal(38, 6) as amount,
  sum(amount) filter (bucket = 'in')::decimal(38, 6) as whole
from money_ledger
where side in ('spend', 'revenue') and day between $first and $last
group by all having amount is not null order by amount desc, side, who, currency
"""
_FIX = """
select sentence, action from next_fixes
where who is not distinct from $who and kind in ('unattributable', 'unplaced_spend') order by rank limit 1
"""


def unattributable(published: Published, look: Look) -> Iterator[Found]:
    """What crossed the floor, and what doubled since it was said. Below half of the floor it is over."""
    last = published.today - timedelta(days=1)  # today explains itself tomorrow: its clicks may still come
    first, floor = last - timedelta(days=DAYS - 1), Decimal(str(look.alerts.money_floor))
    crossed = set()
    for side, who, currency, amount, whole in published.rows(_SUMS, {"first": first, "last": last}):
        subject = subject_of(side, who, currency)
        before = look.said.get(subject)
        if amount < floor / 2:
            continue
        crossed.add(subject)
        least = AGAIN * Decimal(before["amount"]) if before else floor
        if amount < least or look.is_quiet(subject):
            continue
        data = {"side": side, "who": who, "currency": currency, "amount": amount, "of": whole, "first_day": first,
                "last_day": last, **_fix(published, who)}  # fmt: skip
        yield Found(subject, {"amount": str(amount)}, _sentence(data), data, f"{last} {amount}")
    yield from (Found(subject, None) for subject in look.said if subject not in crossed)


def _fix(published: Published, who: str | None) -> dict[str, str | None]:
    found = published.rows(_FIX, {"who": who})
    return dict(zip(("why", "fix"), found[0] if found else (None, None), strict=True))


def _sentence(data: dict[str, Any]) -> str:
    what = "spend on" if data["side"] == "spend" else "revenue from"
    share = f", {100 * data['amount'] / data['of']:.1f} % of it" if data["of"] else ""
    told = (f"{data['amount']:,.2f} {data['currency']} of {what} {data['who'] or 'nobody known'} can be given to no"
            f" creative ({data['first_day']} to {data['last_day']}{share}).")  # fmt: skip
    return " ".join(filter(None, (told, data["why"], data["fix"])))
