-- what: conversions and money per creative under every rule and window, by day of the goal and by day of the touch
-- grain: one row per (rule, window_days, date_basis, day, creative_id, network, campaign_id, ad_id, conversion_kind)
-- reads: credits
-- promise: per rule, window and kind, both date bases add up to what attribution_ledger calls credited
-- refresh: sums
with dated as (
  select 'event' as date_basis, goal_day as day, * from credits
  union all
  select 'click', touch_day, * from credits)
select
  rule, window_days, date_basis, day, creative_id, network, campaign_id, ad_id, conversion_kind,
  cast(cast(sum(conversion_millionths) as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6))
    as conversions,
  cast(cast(sum(revenue_millionths) as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as revenue
from dated
group by rule, window_days, date_basis, day, creative_id, network, campaign_id, ad_id, conversion_kind
