-- what: goals whose credit under a rule is not exactly one, in conversions and in money
-- reads: credits, goals
select c.rule, c.window_days, c.touch_types, c.goal_id, sum(c.weight) as weight, sum(c.revenue_millionths) as revenue_millionths,
  max(cast((g.amount - g.refunds) * 1000000 as bigint)) as owed
from credits c join goals g on g.goal_id = c.goal_id
group by c.rule, c.window_days, c.touch_types, c.goal_id
having sum(c.weight) <> 1000000 or sum(c.revenue_millionths) <> max(cast((g.amount - g.refunds) * 1000000 as bigint))
