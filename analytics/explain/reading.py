"""This module owns the look-ups behind an explanation: everything the last build knows of some goals.

By key, and for all goals at once: a few scans of a column each, however large the build is.
"""

import re
from collections import defaultdict
from typing import Any

import duckdb

from analytics.build import VISITOR_CLICKS_MAX
from analytics.explain.journey import Goal, Known, Line, Share, Statement, Touch

LINES_MAX = 20_000  # interactions that are read, of all goals together: the nearest in time
_GOALS = """
select g.goal_id, g.sender, g.type, g.id, g.kind, coalesce(o.conversion_kind, '*') as window_kind, g.occurred_at,
  g.occurred_us, g.day, g.booked_day, g.traffic, g.visitor, g.click_id, g.conversions, g.amount, g.refunds, g.settled,
  g.estimate, g.settlement_sender, g.settlement_factor, f.currency
from goals g
left join (select distinct conversion_kind from windows) o on o.conversion_kind = g.kind
cross join freshness f
where g.goal_id in (select unnest($goals::bigint[])) order by g.occurred_us, g.goal_id
"""
# Who told it, and every statement of its transaction's money, the one in force first. As in `transactions`: of what a
# system of record holds for, it alone is heard, and another's refund only where it knows the order and tells none.
_MONEY = """
with said as (
  select t.goal_id, t.carries_money, m.*, case m.type when 'ad_click' then m.type
    when 'conversion' then coalesce(m.conversion_kind, 'purchase') end as own_kind
  from goals_told t
  join money_events m
    on m.key_kind = t.key_kind and m.key_sender = t.key_sender and m.key_value = t.key_value
  where t.goal_id in (select unnest($goals::bigint[]))),
of_kind as (
  select *, coalesce(own_kind, conversion_kind, min(own_kind) over (partition by goal_id)) as record_kind from said),
heard as (
  select k.*, r.sender as record_sender,
    coalesce(bool_or(r.sender = k.sender and revenue is not null) over (partition by goal_id), false) as by_record,
    coalesce(bool_or(r.sender = k.sender and type = 'refund') over (partition by goal_id), false) as by_record_refund
  from of_kind k left join record_senders r on r.conversion_kind = k.record_kind)
select h.goal_id, h.key_hash, h.sender, h.type, h.id, h.revenue_stage, h.stated_at, h.revenue, h.currency,
  h.carries_money and case when h.type = 'refund'
    then coalesce(h.record_sender = h.sender, true) or (h.by_record and not h.by_record_refund)
    else coalesce(x.stage is not distinct from h.revenue_stage and x.amount = h.revenue, false) end as is_set,
  h.record_kind, h.record_sender
from heard h
left join transactions x
  on x.key_kind = h.key_kind and x.key_sender = h.key_sender and x.key_value = h.key_value and x.sender = h.sender
  and x.currency = h.currency and h.type <> 'refund'
order by h.goal_id, h.type = 'refund', h.stated_at desc, h.content_hash desc, h.sender, h.id
"""
# What a settlement took the place of is no longer owed: as in `orphans`.
_UNCONVERTED = """
select goal_id, currency, owed
from (
  select m.goal_id, m.currency,
    case when s.goal_id is null or (s.amount is null and s.currency <> m.currency) then m.stated_amount else 0 end
      - m.stated_refunds as owed
  from goal_money m left join settlement_shares s on s.goal_id = m.goal_id
  where m.amount is null and m.goal_id in (select unnest($goals::bigint[]))) abroad
where owed <> 0 order by goal_id, currency
"""
# One visitor, goal or click at a time is a constant, by which a scan reads almost nothing; a list of them is a join.
_CLICKS_OF = "select count(*) from laddered where visitor = $visitor and type = 'click'"
_COLUMNS = """
key_hash, type, sender, id, occurred_at, occurred_us, click_id, visitor, traffic, network, term, creative_id
"""
_NEAR = f"create or replace temp table near as select {_COLUMNS} from laddered limit 0"  # noqa: S608
_OF_VISITOR = f"insert into near select {_COLUMNS} from laddered where visitor = $visitor"  # noqa: S608
_OF_GOAL = f"insert into near select {_COLUMNS} from laddered where key_hash = $goal"  # noqa: S608
_OF_CLICKS = f"""
insert into near select {_COLUMNS} from laddered where click_id in (select unnest($clicks::varchar[]))
"""  # noqa: S608
_CLICKS = "select distinct visitor, click_id from near where visitor is not null and click_id is not null"
_LINES = """
with spines as (
  select click_id, sender, id, creative_id from click_spine where click_id in (select click_id from near))
select distinct l.key_hash, l.type, l.sender, l.id, l.occurred_at, l.occurred_us, l.click_id, l.visitor, l.traffic,
  l.network, l.term, coalesce(l.creative_id, s.creative_id) as creative_id, c.creative_text,
  l.creative_id is not null as has_identity, s.sender as spine_sender, s.id as spine_id, r.sender as step_sender
from near l
left join spines s on s.click_id = l.click_id
left join step_senders r on r.step = l.type
left join creatives c on c.creative_id = coalesce(l.creative_id, s.creative_id)
order by abs(l.occurred_us - $middle_us), l.key_hash limit $most
"""
_TOUCHES = """
select goal_id, position, touch_type, sender, id, lag_us, paid, same_click, left_out, network, creative_id
from goal_touches where goal_id in (select unnest($goals::bigint[])) order by goal_id, position
"""
_PATHS = """
select goal_id, window_days, touch_types, position from path_touches where goal_id in (select unnest($goals::bigint[]))
"""
_SHARES = """
select goal_id, window_days, touch_types, rule, position, weight, conversion_millionths, revenue_millionths
from credits where goal_id in (select unnest($goals::bigint[]))
"""
_NOBODY = """
select u.goal_id, u.window_days, u.touch_types, r.rule, u.reason, u.cause
from uncredited u join rules r on r.journey_read = u.journey_read where u.goal_id in (select unnest($goals::bigint[]))
"""
_SCOPES = "select conversion_kind, window_days, touch_types, view_days, headline from credit_scopes order by 1, 2, 3"
_REACH = "select conversion_kind, max(window_days), max(view_days) from windows group by conversion_kind"


def known(connection: duckdb.DuckDBPyConnection, goal_ids: list[int]) -> list[Known]:
    """What is known of each goal, in the order of time; `connection` uses the last build."""
    read = _Reader(connection, goal_ids)
    goals = [Goal(*row) for row in read.rows(_GOALS)]
    if not goals:
        return []
    statements, touches, abroad = read.by_goal(_MONEY), read.by_goal(_TOUCHES), read.by_goal(_UNCONVERTED)
    paths, shares, nobody = read.by_goal(_PATHS), read.by_goal(_SHARES), read.by_goal(_NOBODY)
    scopes, reach = read.rows(_SCOPES), {kind: (days, views) for kind, days, views in read.rows(_REACH)}
    crowds, clicks, lines = _lines(read, goals)
    found = []
    for goal in goals:
        own = [row for row in scopes if row[0] == goal.window_kind]
        is_crowd, mine = goal.visitor in crowds, clicks[goal.visitor] | {goal.click_id}
        found.append(Known(
            goal, tuple(Statement(*row) for row in statements[goal.goal_id]),
            tuple((code, owed) for code, owed in abroad[goal.goal_id]),
            tuple(line for line in lines if line.key_hash == goal.goal_id or (line.click_id and line.click_id in mine)
                  or (line.visitor and line.visitor == goal.visitor)),
            tuple(Touch(*row) for row in touches[goal.goal_id]),
            {(days, types): views for _, days, types, views, _ in own},
            next(((days, types) for _, days, types, _, headline in own if headline), None),
            reach[goal.window_kind], frozenset(((days, types), at) for days, types, at in paths[goal.goal_id]),
            {((days, types), rule, at): Share(*rest) for days, types, rule, at, *rest in shares[goal.goal_id]},
            {((days, types), rule): (why, cause) for days, types, rule, why, cause in nobody[goal.goal_id]},
            is_crowd, len(lines) == LINES_MAX))  # fmt: skip
    return found


def _lines(read: "_Reader", goals: list[Goal]) -> tuple[set[str], dict[str | None, set[str | None]], list[Line]]:
    """Which visitors are crowds; the click ids of all others; the interactions of these and of the goals' clicks."""
    crowds = set()
    read.rows(_NEAR)
    for visitor in sorted({goal.visitor for goal in goals if goal.visitor is not None}):
        if read.rows(_CLICKS_OF, visitor=visitor)[0][0] > VISITOR_CLICKS_MAX:
            crowds.add(visitor)
        else:
            read.rows(_OF_VISITOR, visitor=visitor)
    clicks: dict[str | None, set[str | None]] = defaultdict(set)
    for visitor, click in read.rows(_CLICKS):
        clicks[visitor].add(click)
    wanted = {goal.click_id for goal in goals}.union(*clicks.values()) - {None}
    if wanted:
        read.rows(_OF_CLICKS, clicks=[*wanted])
    for goal in goals:
        read.rows(_OF_GOAL, goal=goal.goal_id)
    middle = goals[len(goals) // 2].occurred_us
    lines = [Line(*row) for row in read.rows(_LINES, most=LINES_MAX, middle_us=middle)]
    return crowds, clicks, sorted(lines, key=lambda line: (line.occurred_us, line.type, line.sender, line.id))


class _Reader:
    """Reads rows of the last build, of some goals."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, goal_ids: list[int]) -> None:
        self._connection, self._goals = connection, goal_ids

    def rows(self, statement: str, **bound: Any) -> list[tuple[Any, ...]]:
        values = bound | {"goals": self._goals}
        given = {name: value for name, value in values.items() if re.search(rf"\${name}\b", statement)}
        return self._connection.execute(statement, given).fetchall()

    def by_goal(self, statement: str) -> dict[int, list[tuple[Any, ...]]]:
        """The rows, without the goal's number, by that number."""
        found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        for goal_id, *rest in self.rows(statement):
            found[goal_id].append(tuple(rest))
        return found
