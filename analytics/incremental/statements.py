"""This module owns what reports and settlements bring near: a day's hierarchy, and whoever shares their money."""

import duckdb

from analytics.incremental.errors import NeedsFullBuildError
from analytics.incremental.near import Near

_DAY = "cast({at} at time zone 'UTC' at time zone {zone} as date)"
_GOALS = "('ad_click', 'conversion', 'revenue')"
_COSTED = "cost > 0 and type in ('click', 'impression')"
_BEGIN = (
    "create table near.near_reports as select rowid as rid, * from record.reports where key_hash in"
    " (select key_hash from record.reports where rowid > $reports)",
    "create table near.near_settlements as select rowid as rid, * from record.settlements where key_hash in"
    " (select key_hash from record.settlements where rowid > $settlements)",
)
# Days of a network whose reports may say otherwise; `heavy` where clicks' own costs may, too.
_DAYS = f"""
create table near.days as
select network, day, true as heavy from near.near_reports
union all
select r.network, r.day, true from next.reports_now r
semi join near.ads_changed a on a.network = r.network and a.ad_id = r.ad_id
union all
select r.network, r.day, true from next.reports_now r
semi join near.campaigns_changed c on c.network is not distinct from r.network and c.campaign_id = r.campaign_id
union all
select r.network, r.day, false from next.reports_now r
semi join near.ad_days_changed a on a.network is not distinct from r.network and a.ad_id = r.ad_id and a.day = r.day
union all
select r.network, r.day, false from next.reports_now r
semi join near.flags_changed f on f.network is not distinct from r.network and f.ad_id = r.ad_id
union all
select p.network, p.day, false
from (
  select distinct m.network, c.day + n.n as day
  from (
    select click_id, network, {_DAY.format(at="occurred_at", zone="$timezone")} as day
    from near.copied where {_COSTED}) c
  join (select distinct click_id, network from near.copied where click_id is not null) m on m.click_id = c.click_id
  cross join (select unnest([-1, 0, 1]) as n) n
  union
  select distinct network, {_DAY.format(at="occurred_at", zone="$timezone")} + n.n
  from near.copied
  cross join (select unnest([-1, 0, 1]) as n) n where {_COSTED}) p
semi join next.reports_now r on r.network is not distinct from p.network and r.day = p.day
"""
# Beneath a campaign's or an ad set's report all its clicks share what it holds.
_COST_DAYS = """
create table near.cost_days as
select distinct d.network, d.day + n.n as day
from (
  select network, day from near.days where heavy
  union
  select d.network, d.day from near.days d
  semi join next.reports_now r
    on r.network is not distinct from d.network and r.day = d.day and r.level <> 'ad' and r.has_cost) d
cross join (select unnest([-1, 0, 1]) as n) n
"""
_SHARING_COST = f"""
i.cost > 0 and i.type in ('click', 'impression') and (
  {_DAY.format(at="i.occurred_at", zone="$timezone")}, coalesce(i.network, '')) in (
    select (day, coalesce(network, '')) from near.cost_days)
or i.cost > 0 and i.type = 'impression' and i.click_id is not null
  and {_DAY.format(at="i.occurred_at", zone="$timezone")} in (select day from near.cost_days)
"""
_REPORTS = """
create or replace table near.near_reports as
select r.rowid as rid, r.* from record.reports r
semi join (
  select distinct network, day + n.n as day from near.days
  cross join (select cast(unnest(range(-{margin}, {margin} + 1)) as integer) as n) n) d
  on d.network is not distinct from r.network and d.day = r.day
"""
_SETTLING = """
create table near.settling as
select distinct s.sender, coalesce(n.settles, s.sender) as settles, coalesce(n.timezone, 'UTC') as timezone
from (select distinct sender from record.settlements) s left join work.senders n on n.sender = s.sender
"""
_CELLS = f"""
create table near.cells as
select n.sender, d.settles, n.timezone, d.day
from (
  select distinct n.settles, s.day from near.near_settlements s join near.settling n on n.sender = s.sender
  union
  select distinct g.settles, g.day
  from (
    select n.sender, n.settles, {_DAY.format(at="i.occurred_at", zone="n.timezone")} as day
    from near.copied i join near.settling n on n.settles = i.sender where i.type in {_GOALS}) g
  semi join record.settlements s on s.sender = g.sender and s.day = g.day) d
join near.settling n on n.settles = d.settles
"""
_ZONES = "select count(*) from (select settles from near.cells group by settles having count(distinct timezone) > 1) z"
_SHARING_CELL = f"""
select i.key_hash from record.interactions i
join (select distinct settles, timezone from near.cells) z on z.settles = i.sender
where i.type in {_GOALS} and i.occurred_at >= (select min(day) - 2 from near.cells)
  and i.occurred_at < (select max(day) + 3 from near.cells)
  and (i.sender, {_DAY.format(at="i.occurred_at", zone="z.timezone")}) in (select (settles, day) from near.cells)
"""
_SETTLEMENTS = """
create or replace table near.near_settlements as
select s.rowid as rid, s.* from record.settlements s join near.settling n on n.sender = s.sender
where (n.settles, s.day) in (select (settles, day) from near.cells)
"""


def begin(connection: duckdb.DuckDBPyConnection, last: dict[str, int]) -> None:
    """What reports and settlements are new, with every version of their keys."""
    for statement in _BEGIN:
        connection.execute(statement, {name: last[name] for name in last if f"${name}" in statement})


def share_settlements(near: Near) -> None:
    """Take in the goals of every settled cell that the news touch: they share its money. Wants `near.copied`."""
    connection = near.connection
    connection.execute(_SETTLING)
    connection.execute(_CELLS)
    apart = connection.execute(_ZONES).fetchone()
    if apart and apart[0]:
        raise NeedsFullBuildError("one sender's money is settled in several time zones")
    connection.execute(_SETTLEMENTS)
    touched = connection.execute("select count(*) from near.cells").fetchone()
    if touched and touched[0]:
        near.add(_SHARING_CELL)


def share_costs(near: Near, timezone: str) -> None:
    """Take in the reports of every day that the news touch, and the clicks whose own cost lies beneath them."""
    connection, bound = near.connection, {"timezone": timezone}
    connection.execute(_COST_DAYS)
    near.add_rows(_SHARING_COST, bound, who=False)
    near.spread_clicks()
    near.copy()
    costed = connection.execute(f"select count(*) from near.copied where {_COSTED}").fetchone()
    connection.execute(_REPORTS.format(margin=2 if costed and costed[0] else 0))


def report_days(connection: duckdb.DuckDBPyConnection, timezone: str) -> None:
    """Make `near.days`: whose reports may count otherwise; of the rows that the news touch themselves."""
    connection.execute(_DAYS, {"timezone": timezone})
