-- what: what each touch earns under every rule, the rules side by side: a tenth of the rows for whatever sums credit up
-- grain: one row per (window_days, touch_types, goal_id, position)
-- reads: credits, goals
-- promise: the same millionths as in credits; NULL where a rule gives the touch nothing; a touch that no rule credits has no row
-- refresh: rows
with earned as (
  select
    window_days, touch_types, goal_id, position
    -- per rule: , max(case when rule = '{rule}' then weight end) as {rule}_weight, max(case when rule = '{rule}' then revenue_millionths end) as {rule}_revenue
  from credits group by window_days, touch_types, goal_id, position)
select e.*, g.conversions from earned e join goals g on g.goal_id = e.goal_id
