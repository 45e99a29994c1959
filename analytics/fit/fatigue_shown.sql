-- what: reported impressions and clicks of mature days, per creative and scope
-- grain: one row per (day, creative_id, network, campaign_id, country)
-- reads: facts_daily, whole_campaigns
-- promise: only what a platform reported; a click beyond the impressions counts no further
with shown as (
  select f.day, f.creative_id, f.network, f.campaign_id, case when w.campaign_id is null then f.country end as country,
    sum(f.reported_clicks) as clicks, sum(f.reported_impressions) as impressions
  from facts_daily f
  left join whole_campaigns w on w.network = f.network and w.campaign_id = f.campaign_id
  where f.creative_id is not null and f.network is not null and f.day between $first and $last
  group by all having sum(f.reported_impressions) > 0)
select
  cast(dense_rank() over (order by creative_id, network, campaign_id, country) - 1 as bigint) as unit,
  cast(dense_rank() over (order by network, campaign_id, country) - 1 as bigint) as scope,
  cast(day - cast('1970-01-01' as date) as bigint) as day, creative_id, network, campaign_id, country,
  cast(least(clicks, impressions) as double) as observed, cast(impressions as double) as exposure,
  cast(least(clicks, impressions) as double) as observed_compared, cast(impressions as double) as exposure_compared
from shown
order by unit, day
