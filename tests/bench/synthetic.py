"""This module owns a synthetic record: N interactions of two worlds, written with SQL straight into the real schema.

Half of the visitors come for search arbitrage (click, landing view, search, results, ad click, its revenue revised),
half for a shop (click, landing view, order or lead, refunds). Each makes one to eight clicks in thirty days, on some
6,000 ads with 2,000 texts; some rows come late, some are stated twice, some ids stand for a crowd. The same N gives
the same rows.
"""

from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from ingest.store import Record
from ingest.store.identity import refresh_identity

START = datetime(2026, 8, 1)  # noqa: DTZ001 (stored times are naive UTC)
DAYS = 100  # the first click of a visitor falls into the first 60
AS_OF = datetime(2026, 11, 9, 12)  # noqa: DTZ001 (noon: what comes an hour before is news of a day that still runs)
ROWS_PER_CLICK = 2.65  # of all kinds, measured
CLICKS_PER_VISITOR = 2.6
SENDERS = {
    "tracker": {"profile": "standard"}, "feed": {"profile": "standard"}, "shop": {"profile": "standard"},
    "costs": {"profile": "standard"},
}  # fmt: skip

_MACROS = (
    "create or replace temp macro r(a, salt) as (hash(a, salt) % 1000003) / 1000003.0",
    "create or replace temp macro key(a, salt) as (hash(a, salt, 'key') >> 1)::bigint",
)
_CLICKS = """
create or replace temp table clicks as
select *, case ad % 3 when 0 then 'facebook' when 1 then 'tiktok' else 'taboola' end as network,
  'act_' || ad % 40 as account, 'k' || ad // 20 as campaign, 's' || ad // 5 as adset,
  -- A third of the texts is on the row, a third only with the ad, and an ad changes its text now and then.
  case when r(c, 5) < 0.6 then 'v' || (
    ad + case when r(ad, 6) < 0.2 and came > $start + interval 40 day then 1 else 0 end) % $texts end as variant,
  case when r(c, 7) < 0.002 then 'crowd-' || c % 5 else 'p-' || v end as person,
  case when r(c, 8) < 0.04 then 'suspect' else 'human' end as traffic,
  case v % 5 when 0 then 'CA' when 1 then 'GB' else 'US' end as country,
  case when r(v, 9) < 0.7 then 'mobile' else 'desktop' end as device
from (
  select v, v * 8 + n as c, cast(floor($ads * power(r(v * 8 + n, 1), 2)) as bigint) as ad,
    date_trunc('second', $start + to_seconds(cast(5184000 * r(v, 2) + n * 324000 * r(v, 3) as bigint))) as came
  from (
    select v, unnest(range(1 + cast(floor(8 * power(r(v, 4), 3)) as bigint))) as n from range($visitors) t(v)) drawn)
order by came
"""
# (type, sender, which clicks it follows, seconds after them, what it carries besides click, visitor and session)
_STEPS = (
    ("click", "tracker", "true", "0", {"ad": "true", "variant": "c.variant"}),
    ("landing_view", "tracker", "r(c.c, 20) < 0.85", "2", {}),
    ("search_click", "tracker", "c.v % 2 = 0 and r(c.c, 21) < 0.45", "30", {"term": "'term ' || c.c % 900"}),
    ("results_view", "tracker", "c.v % 2 = 0 and r(c.c, 21) < 0.40", "33", {}),
    ("ad_click", "feed", "c.v % 2 = 0 and r(c.c, 21) < 0.25", "60", {"revenue": "0.2", "stage": "'pre_estimated'"}),
    ("revenue", "feed", "c.v % 2 = 0 and r(c.c, 21) < 0.25", "86400",
     {"revenue": "0.1 + r(c.c, 22) / 4", "stage": "'estimated'"}),
    ("revenue", "feed", "c.v % 2 = 0 and r(c.c, 21) < 0.22", "172800",
     {"revenue": "0.1 + r(c.c, 23) / 4", "stage": "'final'"}),
    ("conversion", "shop", "c.v % 2 = 1 and r(c.c, 24) < 0.07", "7200",
     {"revenue": "20 + 180 * r(c.c, 25)", "transaction": "true",
      "kind": "case when r(c.c, 26) < 0.25 then 'lead' else 'purchase' end"}),
    ("refund", "shop", "c.v % 2 = 1 and r(c.c, 24) < 0.005", "432000", {"revenue": "10", "transaction": "true"}),
)  # fmt: skip
_INSERT = """
insert into interactions (sender, type, revenue_stage, id, occurred_at, received_at, variant_id, click_id, visitor,
  session_id, network, account_id, campaign_id, adset_id, ad_id, term, country, device, conversion_kind,
  transaction_id, revenue, currency, traffic, count, stated_at, key_hash, content_hash, delivery_id, item_index)
select * from (
{parts})
order by received_at
"""
_PART = """
  select '{sender}', '{type}', {stage}, '{type}-' || c.c || coalesce('-' || {stage}, ''), came,
    -- Two in a hundred come three days late.
    came + case when r(c.c, 10 + {nth}) < 0.02 then interval 3 day else interval 5 second end as received_at,
    {variant}, {click}, {who}, 's-' || c.c,
    {ad}, {term}, country, device, {kind}, {transaction}, cast({revenue} as decimal(18, 6)),
    'USD', traffic, 1, came + to_seconds({again}), key(c.c, {nth}), key(c.c, {nth} + 100 * {again}),
    'd-' || c.c // 50, 0
  from (
    select c.* replace (c.came + to_seconds({after}) as came) from clicks c
    where c.came >= $from and c.came < $to and {condition}) c"""
_REPORTS = """
insert into reports (sender, stated_at, received_at, day, level, network, account_id, campaign_id, adset_id,
  ad_id, impressions, clicks, cost, currency, key_hash, content_hash, delivery_id, item_index)
select 'costs', cast(day as timestamp) + interval 30 hour, cast(day as timestamp) + interval 30 hour, day, 'ad',
  network, account, campaign, adset, ad, 40 * n, n, cast(n * (0.05 + r(ad, 41) / 10) as decimal(18, 6)), 'USD',
  key(ad, day), key(ad, day), 'costs-' || day, 0
from (select cast(came as date) as day, network, account, campaign, adset, cast(ad as varchar) as ad, count(*) as n
  from clicks group by all) told
order by day, ad
"""
_TEXTS_IN = """
create or replace temp table texts_in as
select variant as variant_id,
  'Quiet offer ' || variant || ': the one your neighbours already talk about' as creative_raw,
  'tracker' as sender, network, account as account_id, cast(ad as varchar) as ad_id, min(came) as first_seen
from clicks where variant is not null group by all
"""
_SEEN = "insert into seen select key_hash, content_hash, cast(occurred_at as date), true from interactions"
_LOADS = """
insert into loads
select 1, $as_of, 'tracker', cast($as_of as date) - 1, 1, n, n, 0, 0, 0, 0
from (select (select count(*) from interactions) + (select count(*) from reports) as n) counted
"""


def write(path: Path, rows: int) -> int:
    """Make the record `path` of about `rows` interactions; returns how many there are. It must not exist yet."""
    with Record(path) as record:
        connection = record.connection
        connection.execute("set enable_progress_bar = false")  # a process without a script seems to be a notebook
        for macro in _MACROS:
            connection.execute(macro)
        visitors = max(2, int(rows / ROWS_PER_CLICK / CLICKS_PER_VISITOR))
        ads = max(20, min(6000, rows // 500))
        drawn = {"start": START, "visitors": visitors, "ads": ads, "texts": max(10, ads // 3)}
        connection.execute(_CLICKS, drawn)
        at_once = DAYS if rows < 500_000 else 1
        for day in range(0, DAYS, at_once):
            _write_days(connection, day, at_once)
        connection.execute(_REPORTS)
        connection.execute(_TEXTS_IN)
        connection.execute("create or replace temp table decisions_in as from decisions limit 0")
        connection.execute("insert into texts_seen select * exclude (creative_raw) from texts_in")
        refresh_identity(connection)
        connection.execute(_SEEN)
        connection.execute(_LOADS, {"as_of": AS_OF})
        ((count,),) = connection.execute("select count(*) from interactions").fetchall()
    return int(count)


def _write_days(connection: duckdb.DuckDBPyConnection, day: int, days: int) -> None:
    """What follows the clicks of some days: a sort of everything would need more memory than the record may take."""
    parts = [_part(nth, *step) for nth, step in enumerate(_STEPS)]
    parts.append(_part(4, *_STEPS[4], again=1))
    bounds = {"from": START + timedelta(days=day), "to": START + timedelta(days=day + days)}
    connection.execute(_INSERT.format(parts="\n  union all".join(parts)), bounds)


def _part(nth: int, kind: str, sender: str, condition: str, after: str, more: dict[str, str], again: int = 0) -> str:
    """The rows of one step; with `again` those of its ad clicks that are stated a second time, one in two hundred."""
    is_order = sender == "shop"
    return _PART.format(
        nth=nth, type=kind, sender=sender, after=after, again=again,
        condition=f"{condition} and r(c.c, 27) < 0.005" if again else condition,
        stage=more.get("stage", "null"), revenue=more.get("revenue", "null"), term=more.get("term", "null"),
        variant=more.get("variant", "null"), kind=more.get("kind", "null"),
        # Three orders in ten name their click; the others are found by their visitor, and one in a hundred by nobody.
        click="case when r(c.c, 31) < 0.3 then 'c-' || c.c end" if is_order else "'c-' || c.c",
        who="case when r(c.c, 30) >= 0.01 then person end" if is_order else "person",
        ad="network, account, campaign, adset, cast(ad as varchar)" if "ad" in more else "null, null, null, null, null",
        transaction="'t-' || c.c" if "transaction" in more else "null",
    )  # fmt: skip
