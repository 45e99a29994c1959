-- what: goals whose credit under a rule is not exactly one, in conversions and in money
-- reads: credits, goals
with summed as (
  select rule, window_days, touch_types, goal_id, sum(weight) as weight, sum(revenue_millionths) as revenue_millionths
  from credits group by rule, window_days, touch_types, goal_id),
owed as (select goal_id, cast((amount - refunds) * 1000000 as bigint) as owed from goals)
select s.rule, s.window_days, s.touch_types, s.goal_id, s.weight, s.revenue_millionths, o.owed
from summed s join owed o on o.goal_id = s.goal_id
where s.weight <> 1000000 or s.revenue_millionths <> o.owed
