"""This module owns the receipts behind a creative's numbers: the goals that its credit is the sum of, and its costs.

Both are read from the last build, and held against the published cell that they must add up to.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import duckdb

from analytics.config import AnalyticsSettings
from analytics.explain.meant import candidates
from analytics.explain.patience import attached
from analytics.ruling import rules
from analytics.version.opened import check_published
from ingest.config import ConfigError

_SCOPES = """
create temp table scopes as
select s.conversion_kind, s.window_days from work.credit_scopes s
join work.credit_scopes h on h.conversion_kind = s.conversion_kind and h.headline
where s.touch_types = $types and s.window_days = coalesce($window, h.window_days)
"""
_CREDITED = """
create temp table credited as
select *
from (
  select g.goal_id, g.sender, g.type, g.id, g.occurred_at, t.conversion_kind, t.touch_type, t.sender as touch_sender,
    t.id as touch_id, case $basis when 'event' then t.goal_day else t.touch_day end as day, c.weight,
    c.conversion_millionths, c.revenue_millionths
  from (select * from work.goal_touches where creative_id = $creative) t
  join work.credits c on c.goal_id = t.goal_id and c.position = t.position
  join scopes s on s.conversion_kind = t.window_kind and s.window_days = c.window_days
  join work.goals g on g.goal_id = t.goal_id
  where c.rule = $rule and c.touch_types = $types) found
where day between $first and $last
"""
# A report's part of it, and what clicks cost themselves.
_COSTS = """
create temp table costs as
select *
from (
  select p.day, p.sender, 'report' as type,
    p.level || ' '
      || coalesce(case p.level when 'ad' then p.ad_id when 'adset' then p.adset_id else p.campaign_id end, '') as id,
    p.key_hash, case when s.allocated then 'allocated: the ad showed several texts' else 'direct' end as how,
    cast(s.share as bigint) as millionths
  from work.report_shares s
  join work.report_parts p on p.sender = s.sender and p.key_hash = s.key_hash
  where s.creative_id = $creative and s.measure = 'cost' and s.share <> 0
  union all
  select c.day, c.sender, c.type, c.id, null,
    'its own cost' || case when c.report_level is null then '' else ', beneath a report of the ' || c.report_level end,
    cast(c.cost * 1000000 as bigint)
  from work.click_costs c where c.creative_id = $creative and c.cost <> 0) found
where day between $first and $last
"""
# As in `orphans`: what a settlement took the place of is no longer owed.
_UNCONVERTED = """
select conversion_kind, currency, count(*), sum(owed)
from (
  select c.conversion_kind, m.currency,
    case when s.goal_id is null or (s.amount is null and s.currency <> m.currency) then m.stated_amount else 0 end
      - m.stated_refunds as owed
  from (select distinct goal_id, conversion_kind from credited) c
  join work.goal_money m on m.goal_id = c.goal_id and m.amount is null
  left join work.settlement_shares s on s.goal_id = c.goal_id) abroad
where owed <> 0 group by conversion_kind, currency order by 1, 2
"""
_PUBLISHED = """
select k.conversion_kind, sum(k.conversions), sum(k.revenue)
from published.creative_credit k
left join (select distinct conversion_kind from work.windows) o on o.conversion_kind = k.conversion_kind
join scopes s on s.conversion_kind = coalesce(o.conversion_kind, '*') and s.window_days = k.window_days
where k.creative_id = $creative and k.rule = $rule and k.touch_types = $types and k.date_basis = $basis
  and k.day between $first and $last
group by k.conversion_kind
"""
_PUBLISHED_COST = """
select coalesce(sum(cost), 0) from published.creative_daily
where creative_id = $creative and day between $first and $last
"""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which number is meant. `window_days` None is the headline's; `days` None are all."""

    creative: str
    rule: str
    window_days: int | None
    touch_types: str
    date_basis: str
    days: tuple[date, date] | None


@dataclass(frozen=True, slots=True)
class Number:
    """A creative, and the connection that holds `credited` and `costs`: one row for each receipt, of its numbers.

    `windows` are the days of each kind, '*' all that have no windows of their own; `unconverted` the money of its goals
    that has no rate: kind, currency, goals, amount. `published` is by conversion kind: conversions and revenue;
    `candidates` are the creatives where none or several are meant, and nothing else is known then.
    """

    connection: duckdb.DuckDBPyConnection
    candidates: list[tuple[str, str]]
    windows: list[tuple[int, str]]
    unconverted: list[tuple[str, str, int, Any]]
    published: dict[str, tuple[Any, Any]]
    published_cost: Any
    built_as_of: datetime
    published_as_of: datetime


def check_rule(rule: str | None) -> None:
    """Raises ConfigError where there is no such rule."""
    if rule is not None and rule not in (names := [each.rule for each in rules.every()]):
        raise ConfigError(f"There is no rule {rule!r}. The rules: {', '.join(names)}.")


@contextmanager
def number(settings: AnalyticsSettings, sought: Sought) -> Iterator[Number]:
    """What a number is made of. Raises ConfigError: no such rule or window; RecordError: a busy file."""
    check_rule(sought.rule)
    connection = duckdb.connect()
    try:
        connection.execute("set timezone = 'UTC'")
        with attached(connection, settings.work_path, "work"):
            check_published(settings.published_link)
            with attached(connection, settings.published_link, "published"):
                made = _made(connection, sought)
        yield made
    finally:
        connection.close()


def _made(connection: duckdb.DuckDBPyConnection, sought: Sought) -> Number:
    built = _one(connection, "select as_of from work.freshness")
    published = _one(connection, "select as_of from published.freshness")
    found = candidates(connection, sought.creative)
    if len(found) != 1:
        return Number(connection, found, [], [], {}, 0, built, published)
    first, last = sought.days or (date.min, date.max)
    bound = {
        "creative": found[0][0], "rule": sought.rule, "types": sought.touch_types, "basis": sought.date_basis,
        "window": sought.window_days, "first": first, "last": last,
    }  # fmt: skip
    _run(connection, _SCOPES, bound)
    windows = connection.execute("select window_days, conversion_kind from scopes order by all").fetchall()
    if not windows:
        raise ConfigError(_no_scope(connection, sought))
    _run(connection, _CREDITED, bound)
    _run(connection, _COSTS, bound)
    cells = {kind: (n, money) for kind, n, money in _run(connection, _PUBLISHED, bound).fetchall()}
    (cost,) = _run(connection, _PUBLISHED_COST, bound).fetchone() or (0,)
    abroad = _run(connection, _UNCONVERTED, bound).fetchall()
    return Number(connection, found, windows, abroad, cells, cost, built, published)


def _no_scope(connection: duckdb.DuckDBPyConnection, sought: Sought) -> str:
    there = connection.execute(
        "select distinct touch_types, window_days from work.credit_scopes order by 1, 2"
    ).fetchall()
    told = ", ".join(f"{days} ({types})" for types, days in there)
    asked = "" if sought.window_days is None else f"--window {sought.window_days} and "
    return f"Nothing is worked out for {asked}{sought.touch_types}. There are the windows: {told or 'none'}."


def _run(connection: duckdb.DuckDBPyConnection, statement: str, bound: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    """Run a statement with those of the values that it names."""
    return connection.execute(statement, {name: value for name, value in bound.items() if f"${name}" in statement})


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None
