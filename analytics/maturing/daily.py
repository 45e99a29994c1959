"""This module owns the mart `maturity_daily`: what came of each recent day, and apart from it what is projected."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from analytics.inference.interval import Floats
from analytics.maturing.curves import Curve, at, project
from analytics.maturing.mart import CONVERSIONS, REVENUE, SETTLEMENT, read

DAYS = 35
_MONEY = pa.decimal128(38, 6)
_SO_FAR = """
with kinds as (select case when $kind = 'arbitrage' then 'ad_click' else kind end as kind from main_kind),
clicked as (
  select day, cast(sum(clicks) as bigint) as clicks, cast(sum(revenue_millionths) as decimal(38, 0)) as micros
  from click_outcomes where day >= $first and day < $today group by day),
converted as (
  select o.day, cast(sum(h.conversions) as bigint) as conversions
  from click_outcomes o
  join headline_credits h on h.sender = o.sender and h.id = o.id and h.touch_type = 'click'
  join kinds k on k.kind = h.conversion_kind
  where o.day >= $first and o.day < $today group by o.day),
paid as (
  select day, cast(sum(cost_direct + cost_allocated) as decimal(38, 6)) as cost
  from facts_daily where day >= $first and day < $today group by day)
select coalesce(c.day, p.day) as day, k.kind, coalesce(c.clicks, 0) as clicks,
  cast(coalesce(p.cost, 0) as decimal(38, 6)) as cost, coalesce(v.conversions, 0) as conversions,
  cast(coalesce(c.micros, 0) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as revenue
from clicked c
full join paid p on p.day = c.day
left join converted v on v.day = c.day
cross join kinds k
order by 1
"""
SCHEMA = pa.schema([
    ("day", pa.date32()), ("age_days", pa.int32()), ("mature", pa.bool_()), ("clicks", pa.int64()), ("cost", _MONEY),
    ("conversion_kind", pa.string()), ("conversions", pa.int64()), ("revenue", _MONEY),
    ("conversions_share", pa.float64()), ("revenue_share", pa.float64()), ("settled_share", pa.float64()),
    ("conversions_projected", pa.float64()), ("conversions_projected_low", pa.float64()),
    ("conversions_projected_high", pa.float64()), ("revenue_projected", pa.float64()),
    ("revenue_projected_low", pa.float64()), ("revenue_projected_high", pa.float64()),
])  # fmt: skip
Columns = dict[str, list[Any]]


def maturity_daily(
    connection: duckdb.DuckDBPyConnection, today: date, moment: datetime, maturity_days: int, kind: str
) -> None:
    """Make `maturity_daily` of the DAYS closed days before `today`, as of `moment` (in the reporting zone)."""
    values = {"first": today - timedelta(days=DAYS), "today": today, "kind": kind}
    rows = connection.execute(_SO_FAR, values).fetchall()
    names = ("day", "conversion_kind", "clicks", "cost", "conversions", "revenue")
    columns: Columns = {name: [row[n] for row in rows] for n, name in enumerate(names)}
    columns["age_days"] = [(today - day).days - 1 for day in columns["day"]]
    columns["mature"] = [age + 1 >= maturity_days for age in columns["age_days"]]
    part = (moment - datetime.combine(today, datetime.min.time())).total_seconds() / 86_400
    columns |= _expected(connection, columns, min(max(part, 0.0), 1.0))
    table = pa.table({field.name: pa.array(columns[field.name], field.type) for field in SCHEMA}, schema=SCHEMA)
    connection.register("daily_arrow", table)
    connection.execute("create or replace table maturity_daily as from daily_arrow")
    connection.unregister("daily_arrow")


def _expected(connection: duckdb.DuckDBPyConnection, columns: Columns, part: float) -> Columns:
    """Shares expected by now of every day; projections of those that are still maturing, NULL of all others."""
    curves = read(connection) if columns["day"] else {}
    main = columns["conversion_kind"][0] if columns["day"] else None
    # Of today's part a part has come: between the curve's point of the last closed day and the next one.
    ages = np.array(columns["age_days"], dtype=float) + part
    maturing = ~np.array(columns["mature"], dtype=bool)
    found: Columns = {}
    for name, what, key in (
        ("conversions", CONVERSIONS, main), ("revenue", REVENUE, None), ("settled", SETTLEMENT, None),
    ):  # fmt: skip
        curve, projects = curves.get((what, key), (None, False))
        found[f"{name}_share"] = [None] * len(ages) if curve is None else _told(at(curve, ages, curve.share), ages >= 0)
        if what != SETTLEMENT:
            found |= _projected(name, curve if projects else None, columns, ages, maturing)
    return found


def _projected(
    name: str, curve: Curve | None, columns: Mapping[str, list[Any]], ages: Floats, maturing: Any
) -> Columns:
    suffixes = ("_projected", "_projected_low", "_projected_high")
    if curve is None or not np.isfinite(curve.error).all():
        return {name + suffix: [None] * len(ages) for suffix in suffixes}
    so_far = np.array([float(value) for value in columns[name]])
    clicks = np.array(columns["clicks"], dtype=float)
    found = project(curve, so_far, clicks, ages, counts=name == CONVERSIONS)
    ends = (found.value, found.low, found.high)
    return {name + suffix: _told(end, maturing) for suffix, end in zip(suffixes, ends, strict=True)}


def _told(values: Floats, where: Any) -> list[float | None]:
    return [float(value) if shown else None for value, shown in zip(values, where, strict=True)]
