-- what: conversions and money per creative under every rule and window, by day of the goal and by day of the touch
-- grain: one row per (rule, window_days, touch_types, date_basis, day, creative_id, network, campaign_id, ad_id, conversion_kind)
-- reads: touch_credits, goal_touches, rules
-- promise: per rule, window and kind, both date bases add up to what attribution_ledger calls credited; a row of nothing does not exist
-- refresh: sums
-- The rules are added up side by side and become rows of their own last: a row for each of them from the start took
-- three times as long.
with touched as (
  select c.*, t.goal_day, t.touch_day, t.creative_id, t.network, t.campaign_id, t.ad_id, t.conversion_kind
  from touch_credits c join goal_touches t on t.goal_id = c.goal_id and t.position = c.position),
dated as (
  select 'event' as date_basis, goal_day as day, * from touched
  union all
  select 'click', touch_day, * from touched),
summed as (
  select
    window_days, touch_types, date_basis, day, creative_id, network, campaign_id, ad_id, conversion_kind
    -- per rule: , sum(conversions * {rule}_weight) as {rule}_conversions, sum({rule}_revenue) as {rule}_revenue
  from dated
  group by window_days, touch_types, date_basis, day, creative_id, network, campaign_id, ad_id, conversion_kind
  order by date_basis, day),
ruled as (
  select s.*, r.rule,
    case r.rule
      -- per rule: when '{rule}' then {rule}_conversions
      end as conversions,
    case r.rule
      -- per rule: when '{rule}' then {rule}_revenue
      end as revenue
  from summed s cross join rules r)
select
  rule, window_days, touch_types, date_basis, day, creative_id, network, campaign_id, ad_id, conversion_kind,
  cast(cast(conversions as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as conversions,
  cast(cast(revenue as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as revenue
from ruled where conversions <> 0 or revenue <> 0
