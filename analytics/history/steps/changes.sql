-- Each difference with its causes: those found in its cell, else on its day, else in the step; with those that touch
-- everything (settings, models, rules, an erasure, a clock) added. Nothing found is said as unknown.
create or replace table noted_changes as
with found as (
  select d.difference, c.cause, 'cell' as located
  from history_differences d
  join history_candidates c on c.day = d.day and c.creative_id is not distinct from d.creative_id
    and c.network is not distinct from d.network and c.campaign_id is not distinct from d.campaign_id
  join history_scopes s on s.scope = c.scope and s.measure = d.measure
  union
  select d.difference, w.cause, 'everywhere' from history_differences d cross join history_everywhere w
  union
  select d.difference, 'clock', 'everywhere' from history_differences d join history_touched t on t.day = d.day and t.premature),
near as (
  select * from found
  union
  select d.difference, c.cause, 'day'
  from history_differences d
  join history_candidates c on c.day = d.day
  join history_scopes s on s.scope = c.scope and s.measure = d.measure
  where d.difference not in (select difference from found)),
told as (
  select * from near
  union
  select d.difference, c.cause, 'step'
  from history_differences d
  join (select distinct cause from history_candidates where day in (select day from history_touched)
    union select distinct 'late_data' from history_fresh where kind in ('report', 'settlement')
    union select distinct 'ad_text' from history_fresh where kind = 'ad'
    union select distinct 'replay' from history_fresh where replayed) c on true
  where d.difference not in (select difference from near)),
causes as (
  select difference, string_agg(distinct cause, ',' order by cause) as causes, min(located) as located
  from told group by difference)
select cast($step as bigint) as step, cast($as_of as timestamp) as noted_at, cast($today as date) as noted_day,
  cast($version as varchar) as version, d.day, d.creative_id, d.sender, d.network, d.campaign_id, d.conversion_kind,
  d.currency, d.measure, d.change, coalesce(c.causes, 'unknown') as causes, coalesce(c.located, 'nowhere') as located
from history_differences d left join causes c on c.difference = d.difference
