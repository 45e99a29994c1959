-- what: conversions and money under every rule and window by one dimension at a time: network, campaign, ad, sender or term
-- grain: one row per (rule, window_days, touch_types, date_basis, day, dimension, value, conversion_kind)
-- reads: credits, goal_touches
-- promise: each dimension adds up to what attribution_ledger calls credited; what names none has value NULL; dimensions are never added
-- refresh: sums
with daily as (
  select c.rule, c.window_days, c.touch_types, t.goal_day, t.touch_day, t.network, t.campaign_id, t.ad_id, t.sender, t.term,
    t.conversion_kind, cast(sum(c.conversion_millionths) as decimal(20, 0)) as conversions,
    cast(sum(c.revenue_millionths) as decimal(20, 0)) as revenue
  from credits c join goal_touches t on t.goal_id = c.goal_id and t.position = c.position
  group by c.rule, c.window_days, c.touch_types, t.goal_day, t.touch_day, t.network, t.campaign_id, t.ad_id, t.sender, t.term,
    t.conversion_kind),
named as (
  select d.*, n.dimension, case n.dimension when 'network' then d.network when 'campaign' then d.campaign_id
    when 'ad' then d.ad_id when 'sender' then d.sender else d.term end as value
  from daily d
  cross join (
    select 'network' as dimension union all select 'campaign' union all select 'ad' union all select 'sender'
    union all select 'term') n),
dated as (
  select 'event' as date_basis, goal_day as day, * from named
  union all
  select 'click', touch_day, * from named)
select
  rule, window_days, touch_types, date_basis, day, dimension, value, conversion_kind,
  cast(cast(sum(conversions) as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as conversions,
  cast(cast(sum(revenue) as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as revenue
from dated
group by rule, window_days, touch_types, date_basis, day, dimension, value, conversion_kind
having sum(conversions) <> 0 or sum(revenue) <> 0
