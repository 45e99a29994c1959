"""This module owns which rows of the record an item can touch: what shares its click, its order, its visitor, its ad.

The rows are copied into `record.*` of an in-memory database; the record itself is let go at once. A row that is
taken too many does no harm (it is the same with and without the item), one too few would.
"""

from dataclasses import dataclass
from typing import Any

import duckdb

from analytics.build import Inputs
from ingest.inspecting.judged import Counted

ROWS_MAX = 200_000  # more neighbours than that take longer than anybody waits at a prompt
AD_ROWS_MAX = 50_000
VISITOR_ROWS_MAX = 2_000  # more clicks than a person makes: enough of them to see that it is a crowd
ROUNDS_MAX = 8
_DAY = "cast(occurred_at at time zone 'UTC' at time zone $timezone as date)"
_IDS = "json_extract_string(click_ids, '$.*')"
_KEYS = "rowid as rid, click_id, transaction_id, visitor, session_id, click_ids"
_PLACE = "network, ad_id, account_id, campaign_id, adset_id"
# The item, and what hangs on its click: where they say their ad ran, and when.
_MINE = f"""
create table near.mine as
with own as (select * from whole.interactions where $table = 'interactions' and key_hash = $key)
select {_PLACE}, case when traffic = 'human' then country end as country, {_DAY} as day, traffic = 'human' as is_human,
  variant_id
from whole.interactions
where rowid in (select rowid from whole.interactions where $table = 'interactions' and key_hash = $key)
  or click_id in (select click_id from own where click_id is not null)
union all
select {_PLACE}, country, day, false, null from whole.reports where $table = 'reports' and key_hash = $key
"""  # noqa: S608 (our own names)
_TEXTS = """
create table near.texts as
select v.variant_id, coalesce(a.canonical_id, v.creative_id) as creative_id from whole.creative_variants v
left join whole.creative_aliases a on a.creative_id = v.creative_id
"""
# What others say of the same ads.
_SAID = f"""
create table near.said as
select {_PLACE}, case when traffic = 'human' then country end as country, {_DAY} as day,
  case when traffic = 'human' then t.creative_id end as text_id
from whole.interactions i left join near.texts t on t.variant_id = i.variant_id
where ad_id in (select ad_id from near.mine where ad_id is not null)
  and not ($table = 'interactions' and key_hash = $key)
union all
select {_PLACE}, country, null, null from whole.reports
where ad_id in (select ad_id from near.mine where ad_id is not null) and not ($table = 'reports' and key_hash = $key)
"""  # noqa: S608 (our own names)
# Ads of which this item alone says something: without it, all of the ad's rows may read otherwise.
_ALONE = """
create table record.ads_alone as
select distinct m.network, m.ad_id
from near.mine m
where m.ad_id is not null and (
  exists (
    select 1 from (
      select unnest(['account', 'campaign', 'adset', 'country']) as field,
        unnest([m.account_id, m.campaign_id, m.adset_id, m.country]) as value) v
    where v.value is not null and not exists (
      select 1 from near.said s
      where s.ad_id = m.ad_id and s.network is not distinct from m.network and v.value = case v.field
        when 'account' then s.account_id when 'campaign' then s.campaign_id when 'adset' then s.adset_id
        else s.country end))
  or m.is_human and exists (
    select 1 from near.mine n join near.texts t on t.variant_id = n.variant_id
    where t.creative_id is not null and not exists (
      select 1 from near.said s
      where s.ad_id = m.ad_id and s.network is not distinct from m.network and s.day = m.day
        and s.account_id is not distinct from m.account_id and s.text_id = t.creative_id)))
union
select network, ad_id from whole.ads where $table = 'ads' and key_hash = $key
"""
# Costs of clicks lie beneath the report of their campaign or ad set, and may be scaled down to it together.
_PAYING = """
create table near.paying as
with places as (select campaign_id, adset_id from near.mine union select campaign_id, adset_id from near.said)
select campaign_id, adset_id, null as ad_id from places
union
select null, null, s.ad_id
from (
  select ad_id, campaign_id, adset_id from whole.reports union
  select ad_id, campaign_id, adset_id from whole.interactions where cost > 0) s
where s.ad_id is not null and (s.campaign_id in (select campaign_id from places where campaign_id is not null)
  or s.adset_id in (select adset_id from places where adset_id is not null))
"""
_START = f"""
create table near.rows as
select {_KEYS} from whole.interactions i
where ($table = 'interactions' and key_hash = $key)
  or exists (
    select 1 from record.ads_alone a where a.ad_id = i.ad_id and a.network is not distinct from i.network)
  or (i.cost > 0 and exists (
    select 1 from near.mine m
    where m.network is not distinct from i.network and m.day = {_DAY} and (
      m.ad_id = i.ad_id or i.campaign_id in (select campaign_id from near.paying)
      or i.adset_id in (select adset_id from near.paying) or i.ad_id in (select ad_id from near.paying))))
"""  # noqa: S608 (our own names)
_TOUCHING = f"""
create or replace table near.rows as
select {_KEYS} from whole.interactions
where rowid in (select rid from near.rows)
  or click_id in (select click_id from near.rows where click_id is not null)
  or transaction_id in (select transaction_id from near.rows where transaction_id is not null)
  or session_id in (select session_id from near.rows where session_id is not null)
  or list_has_any({_IDS}, (select list(id) from (select unnest({_IDS}) as id from near.rows)))
"""  # noqa: S608 (our own names)
_VISITING = f"""
create or replace table near.rows as
select * from near.rows union
select {_KEYS} from whole.interactions
where visitor in (select visitor from near.rows where visitor is not null)
qualify row_number() over (partition by visitor order by type <> 'click', rowid) <= $most
"""  # noqa: S608 (our own names)
# A settled cell shares its money over all its goals: whoever touches one of them touches the day's, of that sender.
_SHARING = f"""
create or replace table near.rows as
select * from near.rows union
select i.rowid, i.click_id, i.transaction_id, i.visitor, i.session_id, i.click_ids from whole.interactions i
where i.type in ('ad_click', 'conversion', 'revenue') and exists (
  select 1 from near.touched t where t.sender = i.sender and {_DAY} between t.day - 1 and t.day + 1)
"""  # noqa: S608 (our own names)
_TOUCHED = f"""
create or replace table near.touched as
select distinct i.sender, {_DAY} as day from whole.interactions i
where i.type in ('ad_click', 'conversion', 'revenue') and i.rowid in (select rid from near.rows)
  and i.sender in (select settles from near.settling)
union
select n.settles, s.day from whole.settlements s join near.settling n on n.sender = s.sender
where $table = 'settlements' and s.key_hash = $key
"""  # noqa: S608 (our own names)
_SETTLING = """
create table near.settling as
select distinct s.sender, coalesce(n.settles, s.sender) as settles
from whole.settlements s left join frozen.senders n on n.sender = s.sender
"""
# Reports of the same network and day stand in one hierarchy: what an ad's row holds, its campaign's row does not.
_REPORTS = f"""
create table record.reports as
with days as (
  select distinct network, day from near.mine
  union select distinct network, {_DAY} from whole.interactions where ad_id in (select ad_id from record.ads_alone)
  union select distinct network, day from whole.reports where ad_id in (select ad_id from record.ads_alone))
select r.* from whole.reports r
where exists (select 1 from days d where d.day = r.day and d.network is not distinct from r.network)
"""  # noqa: S608 (our own names)
_COPIES = (
    "create table record.interactions as select * from whole.interactions where rowid in (select rid from near.rows)",
    _REPORTS,
    "create table record.ads as select a.* from whole.ads a where ad_id in (select ad_id from record.ads_alone)",
    "create table record.settlements as"
    " select s.* from whole.settlements s join near.settling n on n.sender = s.sender"
    " where exists (select 1 from near.touched t where t.sender = n.settles and s.day between t.day - 1 and t.day + 1)",
    "create table record.creative_variants as select * from whole.creative_variants where variant_id in ("
    " select variant_id from record.interactions union select variant_id from record.ads) or status = 'partial_macro'",
    "create table record.creative_aliases as select * from whole.creative_aliases where creative_id in ("
    " select creative_id from record.creative_variants)",
)


@dataclass(frozen=True, slots=True)
class Near:
    """How many interactions are near, whether the item alone speaks for an ad, and whether that has too many rows."""

    rows: int
    alone: bool
    crowded: bool


def gather(connection: duckdb.DuckDBPyConnection, item: Counted, inputs: Inputs) -> Near:
    """Copy what is near an item from `whole` (the record, attached) into `record`, both of this connection."""
    run = _Runner(connection, {"table": item.table, "key": item.key_hash, "timezone": inputs.settings.timezone,
                               "most": VISITOR_ROWS_MAX})  # fmt: skip
    run("attach ':memory:' as near")
    for statement in (_MINE, _TEXTS, _SAID, _ALONE, _SETTLING, _PAYING):
        run(statement)
    crowded = run.count("near.said") > AD_ROWS_MAX and run.count("record.ads_alone") > 0
    if crowded:
        run("delete from record.ads_alone")
    run(_START)
    _spread(run)
    run(_TOUCHED)
    if run.count("near.touched"):
        run(_SHARING)
    if item.table == "interactions" or run.count("record.ads_alone") or run.count("near.touched"):
        for _ in range(2):  # the visitors of the item's goals, then of those who share them
            _spread(run)
            run(_VISITING)
    _spread(run)
    rows = run.count("near.rows")
    for statement in _COPIES if rows <= ROWS_MAX else ():
        run(statement)
    return Near(rows, run.count("record.ads_alone") > 0, crowded)


def _spread(run: "_Runner") -> None:
    """Follow clicks and orders until nothing is added."""
    before = -1
    for _ in range(ROUNDS_MAX):
        now = run.count("near.rows")
        if now in (before, 0) or now > ROWS_MAX:
            return
        before = now
        run(_TOUCHING)


class _Runner:
    """Runs statements with those of the values that they name."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, values: dict[str, Any]) -> None:
        self._connection, self._values = connection, values

    def __call__(self, statement: str) -> None:
        given = {name: value for name, value in self._values.items() if f"${name}" in statement}
        self._connection.execute(statement, given)

    def count(self, table: str) -> int:
        return int((self._connection.execute(f"select count(*) from {table}").fetchone() or (0,))[0])  # noqa: S608 (ours)
