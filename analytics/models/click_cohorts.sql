-- what: clicks by their day and what they had brought in at an age: the click basis of rates, variances and maturity
-- grain: one row per (click_day, creative_id, sender, network, account_id, campaign_id, adset_id, ad_id, placement, country, device, age_bucket)
-- reads: click_outcomes, headline_credits, main_kind
-- promise: a bucket holds only clicks old enough for it; money counts at the age of its goal, as it is known now
-- refresh: sums
-- Buckets are columns until all else is added up, and rows only then: seven times fewer rows to group.
with buckets as (
  select 0 as age_bucket union all select 1 union all select 2 union all select 3 union all select 7
  union all select 14 union all select 28),
aged as (
  select c.sender, c.id, c.lag_seconds // 86400 as age, cast(c.revenue_millionths as decimal(20, 0)) as millionths,
    case when c.conversion_kind = case when $kind = 'arbitrage' then 'ad_click' else m.kind end
      then c.conversions else 0 end as conversions
  from headline_credits c cross join main_kind m
  where c.touch_type = 'click'),
-- Only clicks that brought something have money at an age: of all others only their number counts.
earned as (
  select sender, id,
    sum(case when age <= 0 then conversions else 0 end) as conversions_0,
    cast(sum(case when age <= 0 then millionths else 0 end) as decimal(20, 0)) as millionths_0,
    sum(case when age <= 1 then conversions else 0 end) as conversions_1,
    cast(sum(case when age <= 1 then millionths else 0 end) as decimal(20, 0)) as millionths_1,
    sum(case when age <= 2 then conversions else 0 end) as conversions_2,
    cast(sum(case when age <= 2 then millionths else 0 end) as decimal(20, 0)) as millionths_2,
    sum(case when age <= 3 then conversions else 0 end) as conversions_3,
    cast(sum(case when age <= 3 then millionths else 0 end) as decimal(20, 0)) as millionths_3,
    sum(case when age <= 7 then conversions else 0 end) as conversions_7,
    cast(sum(case when age <= 7 then millionths else 0 end) as decimal(20, 0)) as millionths_7,
    sum(case when age <= 14 then conversions else 0 end) as conversions_14,
    cast(sum(case when age <= 14 then millionths else 0 end) as decimal(20, 0)) as millionths_14,
    sum(case when age <= 28 then conversions else 0 end) as conversions_28,
    cast(sum(case when age <= 28 then millionths else 0 end) as decimal(20, 0)) as millionths_28
  from aged group by sender, id),
clicked as (
  select o.day, o.creative_id, o.sender, o.network, o.account_id, o.campaign_id, o.adset_id, o.ad_id, o.placement, o.country,
    o.device, o.clicks, epoch_us($as_of) - o.occurred_us as age_us,
    e.conversions_0, e.millionths_0,
    cast(e.millionths_0 * cast(0.000001 as decimal(7, 6)) as decimal(19, 6)) as revenue_0,
    e.conversions_1, e.millionths_1,
    cast(e.millionths_1 * cast(0.000001 as decimal(7, 6)) as decimal(19, 6)) as revenue_1,
    e.conversions_2, e.millionths_2,
    cast(e.millionths_2 * cast(0.000001 as decimal(7, 6)) as decimal(19, 6)) as revenue_2,
    e.conversions_3, e.millionths_3,
    cast(e.millionths_3 * cast(0.000001 as decimal(7, 6)) as decimal(19, 6)) as revenue_3,
    e.conversions_7, e.millionths_7,
    cast(e.millionths_7 * cast(0.000001 as decimal(7, 6)) as decimal(19, 6)) as revenue_7,
    e.conversions_14, e.millionths_14,
    cast(e.millionths_14 * cast(0.000001 as decimal(7, 6)) as decimal(19, 6)) as revenue_14,
    e.conversions_28, e.millionths_28,
    cast(e.millionths_28 * cast(0.000001 as decimal(7, 6)) as decimal(19, 6)) as revenue_28
  from click_outcomes o left join earned e on e.sender = o.sender and e.id = o.id),
summed as (
  select day, creative_id, sender, network, account_id, campaign_id, adset_id, ad_id, placement, country, device,
    cast(sum(case when age_us >= 0 then clicks else 0 end) as bigint) as clicks_0,
    cast(sum(case when age_us >= 0 and conversions_0 > 0 then 1 else 0 end) as bigint) as converted_0,
    cast(sum(case when age_us >= 0 then millionths_0 end) as decimal(20, 0)) as millionths_0,
    cast(sum(case when age_us >= 0 then revenue_0 * revenue_0 end) as decimal(38, 12)) as squared_0,
    cast(sum(case when age_us >= 86400000000 then clicks else 0 end) as bigint) as clicks_1,
    cast(sum(case when age_us >= 86400000000 and conversions_1 > 0 then 1 else 0 end) as bigint) as converted_1,
    cast(sum(case when age_us >= 86400000000 then millionths_1 end) as decimal(20, 0)) as millionths_1,
    cast(sum(case when age_us >= 86400000000 then revenue_1 * revenue_1 end) as decimal(38, 12)) as squared_1,
    cast(sum(case when age_us >= 172800000000 then clicks else 0 end) as bigint) as clicks_2,
    cast(sum(case when age_us >= 172800000000 and conversions_2 > 0 then 1 else 0 end) as bigint) as converted_2,
    cast(sum(case when age_us >= 172800000000 then millionths_2 end) as decimal(20, 0)) as millionths_2,
    cast(sum(case when age_us >= 172800000000 then revenue_2 * revenue_2 end) as decimal(38, 12)) as squared_2,
    cast(sum(case when age_us >= 259200000000 then clicks else 0 end) as bigint) as clicks_3,
    cast(sum(case when age_us >= 259200000000 and conversions_3 > 0 then 1 else 0 end) as bigint) as converted_3,
    cast(sum(case when age_us >= 259200000000 then millionths_3 end) as decimal(20, 0)) as millionths_3,
    cast(sum(case when age_us >= 259200000000 then revenue_3 * revenue_3 end) as decimal(38, 12)) as squared_3,
    cast(sum(case when age_us >= 604800000000 then clicks else 0 end) as bigint) as clicks_7,
    cast(sum(case when age_us >= 604800000000 and conversions_7 > 0 then 1 else 0 end) as bigint) as converted_7,
    cast(sum(case when age_us >= 604800000000 then millionths_7 end) as decimal(20, 0)) as millionths_7,
    cast(sum(case when age_us >= 604800000000 then revenue_7 * revenue_7 end) as decimal(38, 12)) as squared_7,
    cast(sum(case when age_us >= 1209600000000 then clicks else 0 end) as bigint) as clicks_14,
    cast(sum(case when age_us >= 1209600000000 and conversions_14 > 0 then 1 else 0 end) as bigint) as converted_14,
    cast(sum(case when age_us >= 1209600000000 then millionths_14 end) as decimal(20, 0)) as millionths_14,
    cast(sum(case when age_us >= 1209600000000 then revenue_14 * revenue_14 end) as decimal(38, 12)) as squared_14,
    cast(sum(case when age_us >= 2419200000000 then clicks else 0 end) as bigint) as clicks_28,
    cast(sum(case when age_us >= 2419200000000 and conversions_28 > 0 then 1 else 0 end) as bigint) as converted_28,
    cast(sum(case when age_us >= 2419200000000 then millionths_28 end) as decimal(20, 0)) as millionths_28,
    cast(sum(case when age_us >= 2419200000000 then revenue_28 * revenue_28 end) as decimal(38, 12)) as squared_28
  from clicked
  group by day, creative_id, sender, network, account_id, campaign_id, adset_id, ad_id, placement, country, device),
parts as (
  select s.day, s.creative_id, s.sender, s.network, s.account_id, s.campaign_id, s.adset_id, s.ad_id, s.placement, s.country,
    s.device, b.age_bucket,
    case b.age_bucket when 0 then s.clicks_0 when 1 then s.clicks_1 when 2 then s.clicks_2 when 3 then s.clicks_3 when 7 then s.clicks_7 when 14 then s.clicks_14 else s.clicks_28 end as clicks,
    case b.age_bucket when 0 then s.converted_0 when 1 then s.converted_1 when 2 then s.converted_2 when 3 then s.converted_3 when 7 then s.converted_7 when 14 then s.converted_14 else s.converted_28 end as converted,
    case b.age_bucket when 0 then s.millionths_0 when 1 then s.millionths_1 when 2 then s.millionths_2 when 3 then s.millionths_3 when 7 then s.millionths_7 when 14 then s.millionths_14 else s.millionths_28 end as millionths,
    case b.age_bucket when 0 then s.squared_0 when 1 then s.squared_1 when 2 then s.squared_2 when 3 then s.squared_3 when 7 then s.squared_7 when 14 then s.squared_14 else s.squared_28 end as squared
  from summed s cross join buckets b)
select
  day as click_day, creative_id, sender, network, account_id, campaign_id, adset_id, ad_id, placement, country, device,
  age_bucket, clicks, converted,
  cast(coalesce(millionths, 0) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as revenue,
  cast(coalesce(squared, 0) as decimal(38, 12)) as revenue_squared
from parts
where clicks <> 0 or converted <> 0 or millionths <> 0 or squared <> 0
