-- what: the one touch that the headline rule credits each goal to, with its dimensions and the goal's money
-- grain: one row per (goal_id)
-- reads: credits, goal_touches, credit_scopes
-- promise: what the facts, cohorts and ledgers book; a headline rule gives each goal to one touch, so no share is mixed with another rule's
-- refresh: rows
select t.goal_id, t.position, t.touch_type, t.sender, t.id, t.conversion_kind, t.creative_id, t.network, t.account_id,
  t.campaign_id, t.adset_id, t.ad_id, t.placement, t.country, t.device, t.lag_us // 1000000 as lag_seconds, t.conversions,
  c.revenue_millionths
from credits c
join goal_touches t on t.goal_id = c.goal_id and t.position = c.position
join credit_scopes w
  on w.conversion_kind = t.window_kind and w.window_days = c.window_days and w.touch_types = c.touch_types and w.headline
where c.rule = $headline_rule
