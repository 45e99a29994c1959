-- what: the journeys to goals of closed days, equal ones of a day counted together
-- reads: path_touches, goals, fit_kinds, fit_creatives
with each_goal as (
  select g.kind, g.day, list(c.n order by p.nth) as path, min(g.conversions) as conversions,
    min(g.amount - g.refunds) as revenue
  from path_touches p
  join goals g on g.goal_id = p.goal_id
  join fit_kinds k on k.conversion_kind = g.kind and k.window_days = p.window_days
  join fit_creatives c on c.creative_id = p.creative_id
  where p.touch_types = 'click' and g.day <= $through
  group by g.goal_id, g.kind, g.day)
select kind as conversion_kind, path, 'converted' as outcome, day, count(*) as journeys,
  cast(sum(conversions) as bigint) as conversions, cast(sum(revenue) as decimal(38, 6)) as revenue
from each_goal group by kind, path, day
