-- What differs between two versions, by cell, measure and cause; what no cause is noted for was not closed yet.
with noted as (
  select *, 1 as side from newer.restatements
  union all
  select *, -1 from older.restatements),
explained as (
  select day, creative_id, network, campaign_id, conversion_kind, currency, measure, causes, sum(side * change) as change
  from noted group by day, creative_id, network, campaign_id, conversion_kind, currency, measure, causes
  having sum(side * change) <> 0),
facts as (
  select f.*, (select currency from newer.freshness) as currency, 1 as side from newer.facts_daily f
  union all
  select f.*, (select currency from older.freshness), -1 from older.facts_daily f),
amounts as (
  select day, creative_id, network, campaign_id, conversion_kind, currency
    -- amounts.sql
  from facts
  union all
  select day, creative_id, network, campaign_id, conversion_kind, currency, measure, -change from explained),
found as (
  select day, creative_id, network, campaign_id, conversion_kind, currency, measure,
    case when day in (select day from older.closed_days) then 'unknown' else 'open_day' end as causes,
    sum(amount) as change
  from amounts
  group by day, creative_id, network, campaign_id, conversion_kind, currency, measure having sum(amount) <> 0
  union all
  select * from explained)
select * from found
where ($day is null or day = $day) and ($creative is null or creative_id = $creative)
