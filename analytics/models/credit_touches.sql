-- what: every goal with its touches within the widest window of clicks and views, and each one's weight under every rule
-- grain: one row per (goal_id, position)
-- reads: goal_touches, touch_credits, credit_scopes
-- promise: weights are millionths of the goal within the widest window of clicks; NULL where the touch earns nothing there
-- refresh: rows
with widest as (
  select conversion_kind, max(window_days) as window_days from credit_scopes where touch_types = 'click'
  group by conversion_kind)
select t.goal_id, t.position, t.touches, t.touch_type, t.conversion_kind, t.goal_day, t.booked_day, t.conversions, t.revenue,
  t.sender, t.id, t.occurred_at, t.touch_day, t.creative_id, t.network, t.account_id, t.campaign_id, t.adset_id, t.ad_id,
  t.placement, t.country, t.device, t.term, t.paid, t.same_click, t.left_out, t.lag_us, t.lag_us // 1000000 as lag_seconds
  -- per rule: , w.{rule}_weight
from goal_touches t
left join widest x on x.conversion_kind = t.window_kind
left join touch_credits w
  on w.goal_id = t.goal_id and w.position = t.position and w.window_days = x.window_days and w.touch_types = 'click'
