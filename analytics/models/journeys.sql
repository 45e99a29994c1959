-- what: goals by the length of their journey: how many touches, of how many creatives, over how many days
-- grain: one row per (conversion_kind, touches, creatives, days_from_first)
-- reads: goals, goal_touches, path_touches, credit_scopes
-- promise: clicks in the widest window, after the path transforms that are set; all rows add up to what first_touch is credited there
-- refresh: sums
with widest as (
  select conversion_kind, max(window_days) as window_days from credit_scopes where touch_types = 'click'
  group by conversion_kind),
lengths as (
  select p.goal_id, count(*) as touches, count(distinct p.creative_id) as creatives, max(p.lag_us) // 86400000000 as days_from_first
  from path_touches p
  join goal_touches t on t.goal_id = p.goal_id and t.position = p.position
  join widest w on w.conversion_kind = t.window_kind and w.window_days = p.window_days
  where p.touch_types = 'click'
  group by p.goal_id)
select
  g.kind as conversion_kind, l.touches, l.creatives, l.days_from_first, cast(count(*) as bigint) as goals,
  cast(sum(g.conversions) as bigint) as conversions, cast(sum(g.amount - g.refunds) as decimal(38, 6)) as revenue
from lengths l
join goals g on g.goal_id = l.goal_id
where g.conversions <> 0 or g.amount <> g.refunds
group by g.kind, l.touches, l.creatives, l.days_from_first
