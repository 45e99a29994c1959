-- what: clicks by their day and what they had brought in at an age: the click basis of rates, variances and maturity
-- grain: one row per (click_day, creative_id, sender, network, account_id, campaign_id, adset_id, ad_id, placement, country, device, age_bucket)
-- reads: click_outcomes, headline_credits, main_kind
-- promise: a bucket holds only clicks old enough for it; money counts at the age of its goal, as it is known now
-- refresh: sums
with buckets as (
  select 0 as age_bucket union all select 1 union all select 2 union all select 3 union all select 7
  union all select 14 union all select 28),
aged as (
  select c.sender, c.id, cast(c.lag_seconds // 86400 as integer) as age,
    sum(case when c.conversion_kind = case when $kind = 'arbitrage' then 'ad_click' else m.kind end
      then c.conversions else 0 end) as conversions,
    sum(c.revenue_millionths) as revenue_millionths
  from headline_credits c cross join main_kind m
  where c.touch_type = 'click'
  group by c.sender, c.id, cast(c.lag_seconds // 86400 as integer)),
-- Only clicks that brought something have money at an age: of all others only their number counts.
at_age as (
  select o.sender, o.id, b.age_bucket, sum(a.conversions) as conversions,
    cast(sum(a.revenue_millionths) as decimal(20, 0)) as revenue_millionths
  from aged a
  join click_outcomes o on o.sender = a.sender and o.id = a.id
  join buckets b on o.occurred_us <= epoch_us($as_of) - b.age_bucket * 86400000000 and a.age <= b.age_bucket
  group by o.sender, o.id, b.age_bucket),
parts as (
  select
    o.day, o.creative_id, o.sender, o.network, o.account_id, o.campaign_id, o.adset_id, o.ad_id, o.placement, o.country,
    o.device, b.age_bucket, o.clicks, 0 as converted, cast(0 as decimal(20, 0)) as revenue_millionths,
    cast(0 as decimal(38, 12)) as revenue_squared
  from click_outcomes o join buckets b on o.occurred_us <= epoch_us($as_of) - b.age_bucket * 86400000000
  union all
  select
    o.day, o.creative_id, o.sender, o.network, o.account_id, o.campaign_id, o.adset_id, o.ad_id, o.placement, o.country,
    o.device, a.age_bucket, 0, case when a.conversions > 0 then 1 else 0 end, a.revenue_millionths, a.revenue * a.revenue
  from click_outcomes o
  join (
    select *, cast(revenue_millionths * cast(0.000001 as decimal(7, 6)) as decimal(19, 6)) as revenue from at_age) a
    on a.sender = o.sender and a.id = o.id)
select
  day as click_day, creative_id, sender, network, account_id, campaign_id, adset_id, ad_id, placement, country, device,
  age_bucket,
  cast(sum(clicks) as bigint) as clicks,
  cast(sum(converted) as bigint) as converted,
  cast(cast(sum(revenue_millionths) as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as revenue,
  cast(sum(revenue_squared) as decimal(38, 12)) as revenue_squared
from parts
group by day, creative_id, sender, network, account_id, campaign_id, adset_id, ad_id, placement, country, device, age_bucket
having sum(clicks) <> 0 or sum(converted) <> 0 or sum(revenue_millionths) <> 0 or sum(revenue_squared) <> 0
