-- what: conversions and money per creative under every rule and window, by day of the goal and by day of the touch
-- grain: one row per (rule, window_days, touch_types, date_basis, day, creative_id, network, campaign_id, ad_id, conversion_kind)
-- reads: credits, goal_touches
-- promise: per rule, window and kind, both date bases add up to what attribution_ledger calls credited; a row of nothing does not exist
-- refresh: sums
with daily as (
  select c.rule, c.window_days, c.touch_types, t.goal_day, t.touch_day, t.creative_id, t.network, t.campaign_id, t.ad_id,
    t.conversion_kind, cast(sum(c.conversion_millionths) as decimal(20, 0)) as conversions,
    cast(sum(c.revenue_millionths) as decimal(20, 0)) as revenue
  from credits c join goal_touches t on t.goal_id = c.goal_id and t.position = c.position
  group by c.rule, c.window_days, c.touch_types, t.goal_day, t.touch_day, t.creative_id, t.network, t.campaign_id, t.ad_id,
    t.conversion_kind),
dated as (
  select 'event' as date_basis, goal_day as day, * from daily
  union all
  select 'click', touch_day, * from daily)
select
  rule, window_days, touch_types, date_basis, day, creative_id, network, campaign_id, ad_id, conversion_kind,
  cast(cast(sum(conversions) as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as conversions,
  cast(cast(sum(revenue) as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as revenue
from dated
group by rule, window_days, touch_types, date_basis, day, creative_id, network, campaign_id, ad_id, conversion_kind
having sum(conversions) <> 0 or sum(revenue) <> 0
