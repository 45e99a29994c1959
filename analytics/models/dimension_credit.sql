-- what: conversions and money under every rule and window by one dimension at a time: network, campaign, ad, sender or term
-- grain: one row per (rule, window_days, touch_types, date_basis, day, dimension, value, conversion_kind)
-- reads: credits, goal_touches
-- promise: each dimension adds up to what attribution_ledger calls credited; what names none has value NULL; dimensions are never added
-- refresh: sums
-- One dimension after the other: all at once need more memory than ten million interactions may have.
with sums as (
  select c.rule, c.window_days, c.touch_types, 'event' as date_basis, t.goal_day as day, 'network' as dimension, t.network as value,
    t.conversion_kind, sum(c.conversion_millionths) as conversions, sum(c.revenue_millionths) as revenue
  from credits c join goal_touches t on t.goal_id = c.goal_id and t.position = c.position
  group by c.rule, c.window_days, c.touch_types, t.goal_day, t.network, t.conversion_kind
  union all
  select c.rule, c.window_days, c.touch_types, 'event' as date_basis, t.goal_day as day, 'campaign' as dimension, t.campaign_id as value,
    t.conversion_kind, sum(c.conversion_millionths) as conversions, sum(c.revenue_millionths) as revenue
  from credits c join goal_touches t on t.goal_id = c.goal_id and t.position = c.position
  group by c.rule, c.window_days, c.touch_types, t.goal_day, t.campaign_id, t.conversion_kind
  union all
  select c.rule, c.window_days, c.touch_types, 'event' as date_basis, t.goal_day as day, 'ad' as dimension, t.ad_id as value,
    t.conversion_kind, sum(c.conversion_millionths) as conversions, sum(c.revenue_millionths) as revenue
  from credits c join goal_touches t on t.goal_id = c.goal_id and t.position = c.position
  group by c.rule, c.window_days, c.touch_types, t.goal_day, t.ad_id, t.conversion_kind
  union all
  select c.rule, c.window_days, c.touch_types, 'event' as date_basis, t.goal_day as day, 'sender' as dimension, t.sender as value,
    t.conversion_kind, sum(c.conversion_millionths) as conversions, sum(c.revenue_millionths) as revenue
  from credits c join goal_touches t on t.goal_id = c.goal_id and t.position = c.position
  group by c.rule, c.window_days, c.touch_types, t.goal_day, t.sender, t.conversion_kind
  union all
  select c.rule, c.window_days, c.touch_types, 'event' as date_basis, t.goal_day as day, 'term' as dimension, t.term as value,
    t.conversion_kind, sum(c.conversion_millionths) as conversions, sum(c.revenue_millionths) as revenue
  from credits c join goal_touches t on t.goal_id = c.goal_id and t.position = c.position
  group by c.rule, c.window_days, c.touch_types, t.goal_day, t.term, t.conversion_kind
  union all
  select c.rule, c.window_days, c.touch_types, 'click' as date_basis, t.touch_day as day, 'network' as dimension, t.network as value,
    t.conversion_kind, sum(c.conversion_millionths) as conversions, sum(c.revenue_millionths) as revenue
  from credits c join goal_touches t on t.goal_id = c.goal_id and t.position = c.position
  group by c.rule, c.window_days, c.touch_types, t.touch_day, t.network, t.conversion_kind
  union all
  select c.rule, c.window_days, c.touch_types, 'click' as date_basis, t.touch_day as day, 'campaign' as dimension, t.campaign_id as value,
    t.conversion_kind, sum(c.conversion_millionths) as conversions, sum(c.revenue_millionths) as revenue
  from credits c join goal_touches t on t.goal_id = c.goal_id and t.position = c.position
  group by c.rule, c.window_days, c.touch_types, t.touch_day, t.campaign_id, t.conversion_kind
  union all
  select c.rule, c.window_days, c.touch_types, 'click' as date_basis, t.touch_day as day, 'ad' as dimension, t.ad_id as value,
    t.conversion_kind, sum(c.conversion_millionths) as conversions, sum(c.revenue_millionths) as revenue
  from credits c join goal_touches t on t.goal_id = c.goal_id and t.position = c.position
  group by c.rule, c.window_days, c.touch_types, t.touch_day, t.ad_id, t.conversion_kind
  union all
  select c.rule, c.window_days, c.touch_types, 'click' as date_basis, t.touch_day as day, 'sender' as dimension, t.sender as value,
    t.conversion_kind, sum(c.conversion_millionths) as conversions, sum(c.revenue_millionths) as revenue
  from credits c join goal_touches t on t.goal_id = c.goal_id and t.position = c.position
  group by c.rule, c.window_days, c.touch_types, t.touch_day, t.sender, t.conversion_kind
  union all
  select c.rule, c.window_days, c.touch_types, 'click' as date_basis, t.touch_day as day, 'term' as dimension, t.term as value,
    t.conversion_kind, sum(c.conversion_millionths) as conversions, sum(c.revenue_millionths) as revenue
  from credits c join goal_touches t on t.goal_id = c.goal_id and t.position = c.position
  group by c.rule, c.window_days, c.touch_types, t.touch_day, t.term, t.conversion_kind)
select rule, window_days, touch_types, date_basis, day, dimension, value, conversion_kind,
  cast(cast(conversions as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as conversions,
  cast(cast(revenue as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as revenue
from sums where conversions <> 0 or revenue <> 0
