-- The closed days of every declared experiment: what each arm was shown, cost and brought, in its scope.
-- counted_…: the reported impressions and clicks of campaigns that report impressions of any arm, the observed of others.
with told as (
  select c.experiment, c.arm_number, f.day, f.network, f.campaign_id,
    sum(f.impressions) as impressions, sum(f.clicks) as clicks_observed, sum(f.reported_impressions) as reported_impressions,
    sum(f.reported_clicks) as reported_clicks, sum(f.cost_direct + f.cost_allocated) as cost,
    -- What was shared among the texts of an ad is whole where the ad is the arm.
    sum(case when c.ad_id is null then f.cost_allocated else 0 end) as cost_allocated
  from experiment_creatives c
  join facts_daily f
    on f.day >= c.first_day and f.day <= coalesce(c.last_day, $through) and f.day <= $through
    and case when c.ad_id is not null then f.ad_id = c.ad_id else f.creative_id = c.creative_id end
    and (c.network is null or f.network = c.network) and (c.campaign_id is null or f.campaign_id = c.campaign_id)
    and (c.country is null or f.country = c.country)
  group by c.experiment, c.arm_number, f.day, f.network, f.campaign_id),
sourced as (
  select *, sum(reported_impressions) over (partition by experiment, network, campaign_id) > 0 as is_reported from told),
counted as (
  select experiment, arm_number, day, sum(impressions) as impressions, sum(clicks_observed) as clicks_observed,
    sum(case when is_reported then reported_impressions else impressions end) as counted_impressions,
    sum(case when is_reported then reported_clicks else clicks_observed end) as counted_clicks,
    sum(cost) as cost, sum(cost_allocated) as cost_allocated
  from sourced
  group by experiment, arm_number, day),
clicked as (
  select c.experiment, c.arm_number, o.day,
    sum(o.clicks) as clicks, sum(case when o.conversions > 0 then 1 else 0 end) as converted,
    sum(case when o.revenue_millionths <> 0 then 1 else 0 end) as earning,
    sum(o.conversions) as conversions, sum(o.conversions * o.conversions) as conversions_squared,
    sum(o.revenue_millionths) as revenue_millionths,
    sum(cast(o.revenue_millionths as decimal(19, 0)) * cast(o.revenue_millionths as decimal(19, 0))) as revenue_squared
  from experiment_creatives c
  join click_outcomes o
    on o.day >= c.first_day and o.day <= coalesce(c.last_day, $through) and o.day <= $through
    and case when c.ad_id is not null then o.ad_id = c.ad_id else o.creative_id = c.creative_id end
    and (c.network is null or o.network = c.network) and (c.campaign_id is null or o.campaign_id = c.campaign_id)
    and (c.country is null or o.country = c.country)
  group by c.experiment, c.arm_number, o.day)
select
  coalesce(t.experiment, k.experiment) as experiment, coalesce(t.arm_number, k.arm_number) as arm_number,
  coalesce(t.day, k.day) as day, cast(coalesce(t.impressions, 0) as double) as impressions,
  cast(coalesce(t.clicks_observed, 0) as double) as clicks_observed,
  cast(coalesce(t.counted_impressions, 0) as double) as counted_impressions,
  cast(coalesce(t.counted_clicks, 0) as double) as counted_clicks, cast(coalesce(t.cost, 0) as double) as cost,
  cast(coalesce(t.cost_allocated, 0) as double) as cost_allocated, cast(coalesce(k.clicks, 0) as double) as clicks,
  cast(coalesce(k.converted, 0) as double) as converted, cast(coalesce(k.earning, 0) as double) as earning,
  cast(coalesce(k.conversions, 0) as double) as conversions,
  cast(coalesce(k.conversions_squared, 0) as double) as conversions_squared,
  cast(coalesce(k.revenue_millionths, 0) as double) / 1e6 as revenue,
  cast(coalesce(k.revenue_squared, 0) as double) / 1e12 as revenue_squared
from counted t
full join clicked k on k.experiment = t.experiment and k.arm_number = t.arm_number and k.day = t.day
order by 1, 2, 3
