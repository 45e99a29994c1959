"""This module owns how the receipts of a number are told: the largest, the rest, their sum, and what is published."""

from datetime import datetime
from typing import Any

from analytics.config import AnalyticsSettings
from analytics.explain.patience import recorded
from analytics.explain.receipts import Number
from analytics.explain.uncounted import without_rate
from analytics.explain.words import millionths
from ingest.terminal.called import as_called

SHOWN = 20  # receipts in a table; the rest is one row
ALL = 10_000_000  # in a file
COLUMNS = ("part", "day", "sender", "what", "delivery", "conversion_kind", "share", "conversions", "amount", "note")
_GOALS = """
select goal_id, day, sender, type, id, conversion_kind, weight, conversion_millionths, revenue_millionths,
  touch_type || ' ' || touch_id || ' of ' || touch_sender
from credited order by abs(revenue_millionths) desc, weight desc, day desc, sender, id, touch_id limit $most
"""
_KINDS = """
select conversion_kind, count(*), sum(conversion_millionths)::bigint, sum(revenue_millionths)::bigint
from credited group by conversion_kind order by 1
"""
_COSTS = """
select key_hash, day, sender, type, id, millionths, how from costs
order by abs(millionths) desc, day desc, sender, type, id limit $most
"""
_COST = "select count(*), coalesce(sum(millionths), 0)::bigint from costs"
_BY_KEY = """
select key_hash, max_by(delivery_id, (epoch_us(stated_at) * case when is_first then -1 else 1 end, content_hash))
from (
  select key_hash, delivery_id, stated_at, content_hash, repeats = 'ignore' and count > 0 as is_first
  from interactions where key_hash in (select unnest($keys::bigint[]))
  union all
  select key_hash, delivery_id, stated_at, content_hash, false
  from reports where key_hash in (select unnest($keys::bigint[]))) versions
group by key_hash
"""
_BY_ID = """
select sender, type, id, max_by(delivery_id, (stated_at, content_hash)) from interactions
where id in (select unnest($ids::varchar[])) group by sender, type, id
"""
Rows = list[tuple[Any, ...]]


def credit_rows(settings: AnalyticsSettings, of: Number, most: int) -> Rows:
    """Rows of COLUMNS: the goals, the rest of each kind, its sum, its published cell; money without a rate."""
    goals = of.connection.execute(_GOALS, {"most": most}).fetchall()
    deliveries = _deliveries(settings, [row[0] for row in goals], [])
    rows: Rows = [
        ("goal", day, sender, f"{kind_of} {identity}", deliveries.get(key), kind, f"{weight / 10_000:g} %",
         millionths(count), millionths(money), touch)
        for key, day, sender, kind_of, identity, kind, weight, count, money, touch in goals
    ]  # fmt: skip
    kinds = of.connection.execute(_KINDS).fetchall()
    for kind, count, conversions, money in kinds:
        shown = [row for row in goals if row[5] == kind]
        if rest := count - len(shown):
            left = (conversions - sum(row[7] for row in shown), money - sum(row[8] for row in shown))
            rows.append(("more", None, None, f"{rest} more receipts", None, kind, None, *map(millionths, left), None))
    for kind in sorted({*(row[0] for row in kinds), *of.published}):
        total = next(((n, money) for k, _, n, money in kinds if k == kind), (0, 0))
        summed = (millionths(total[0]), millionths(total[1]))
        rows.append(("sum", None, None, "credit", None, kind, None, *summed, None))
        told = of.published.get(kind, (millionths(0), millionths(0)))
        rows.append(("published", None, None, "creative_credit", None, kind, None, *told, _note(of, summed, told)))
    for kind, currency, count, owed in of.unconverted:
        what = f"{count} goal{'' if count == 1 else 's'} in {currency}"
        rows.append(("uncounted", None, None, what, None, kind, None, None, None, without_rate(owed, currency)))
    return rows


def cost_rows(settings: AnalyticsSettings, of: Number, most: int) -> Rows:
    """Rows of COLUMNS: the costs, the rest as one row, their sum, and what is published."""
    costs = of.connection.execute(_COSTS, {"most": most}).fetchall()
    deliveries = _deliveries(settings, [row[0] for row in costs if row[0] is not None], [row[4] for row in costs])
    rows: Rows = [
        ("cost", day, sender, f"{kind} {identity}", deliveries.get(key) or deliveries.get((sender, kind, identity)),
         None, None, None, millionths(amount), how)
        for key, day, sender, kind, identity, amount, how in costs
    ]  # fmt: skip
    count, total = of.connection.execute(_COST).fetchone() or (0, 0)
    if rest := count - len(costs):
        left = millionths(total - sum(row[5] for row in costs))
        rows.append(("more", None, None, f"{rest} more costs", None, None, None, None, left, None))
    rows.append(("sum", None, None, "cost", None, None, None, None, millionths(total), None))
    note = _note(of, (millionths(total),), (of.published_cost,))
    rows.append(("published", None, None, "creative_daily", None, None, None, None, of.published_cost, note))
    return rows


def _note(of: Number, summed: tuple[Any, ...], told: tuple[Any, ...]) -> str:
    """Whether the receipts add up to what is published."""
    if summed == told:
        return "equal to the sum"
    if of.published_as_of != of.built_as_of:
        return f"published as of {_moment(of.published_as_of)}, the receipts are of {_moment(of.built_as_of)}"
    return as_called(
        "NOT the sum of its receipts: build again, whichad analytics build, and report it if that does not help"
    )


def _deliveries(settings: AnalyticsSettings, keys: list[int], ids: list[str]) -> dict[Any, str]:
    """The delivery that brought the version in force, by key, and by (sender, type, id)."""
    if not keys and not ids:
        return {}
    with recorded(settings.record_path) as record:
        found: dict[Any, str] = dict(record.execute(_BY_KEY, {"keys": keys}).fetchall())
        named = record.execute(_BY_ID, {"ids": ids}).fetchall() if ids else []
        return found | {(sender, kind, identity): delivery for sender, kind, identity, delivery in named}


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
