-- Before and after are the running sum from the closing on: so they add up by construction, and `verify` compares the
-- end of it with facts_daily.
create or replace table restatements as
with changes as (
  select * from history.changes
  union all
  select * from noted_changes),
amounts as (
  select cast(0 as bigint) as step, cast(null as timestamp) as noted_at, cast(null as varchar) as version, day, creative_id,
    sender, network, campaign_id, conversion_kind, currency,
    unnest(['impressions', 'clicks', 'sessions', 'ad_clicks', 'conversions', 'reported_impressions', 'reported_clicks',
      'cost_direct', 'cost_allocated', 'revenue_provisional', 'revenue_settled', 'refunds']) as measure,
    unnest([cast(impressions as decimal(38, 6)), cast(clicks as decimal(38, 6)), cast(sessions as decimal(38, 6)),
      cast(ad_clicks as decimal(38, 6)), cast(conversions as decimal(38, 6)),
      cast(reported_impressions as decimal(38, 6)), cast(reported_clicks as decimal(38, 6)), cost_direct,
      cost_allocated, revenue_provisional, revenue_settled, refunds]) as change,
    cast('' as varchar) as causes, cast('' as varchar) as located
  from history.closings where day in (select day from changes)
  union all
  select step, noted_at, version, day, creative_id, sender, network, campaign_id, conversion_kind, currency, measure, change,
    causes, located
  from changes),
running as (
  select *, cast(sum(change) over (
    partition by day, creative_id, sender, network, campaign_id, conversion_kind, currency, measure
    order by step, causes, located rows unbounded preceding) as decimal(38, 6)) as after
  from amounts)
select step, noted_at, version, day, creative_id, sender, network, campaign_id, conversion_kind, currency, measure,
  cast(after - change as decimal(38, 6)) as before, change, after, causes, located
from running where step > 0
