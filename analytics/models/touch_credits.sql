-- what: what each touch earns under every rule, the rules side by side: a tenth of the rows for whatever sums credit up
-- grain: one row per (window_days, touch_types, goal_id, position)
-- reads: credits, goals
-- promise: the same millionths as in credits; NULL where a rule gives the touch nothing; a touch that no rule credits has no row
-- refresh: rows
with earned as (
  select
    window_days, touch_types, goal_id, position,
    max(case when rule = 'same_click' then weight end) as same_click_weight,
    max(case when rule = 'same_click' then revenue_millionths end) as same_click_revenue,
    max(case when rule = 'last_paid' then weight end) as last_paid_weight,
    max(case when rule = 'last_paid' then revenue_millionths end) as last_paid_revenue,
    max(case when rule = 'first_touch' then weight end) as first_touch_weight,
    max(case when rule = 'first_touch' then revenue_millionths end) as first_touch_revenue,
    max(case when rule = 'last_touch' then weight end) as last_touch_weight,
    max(case when rule = 'last_touch' then revenue_millionths end) as last_touch_revenue,
    max(case when rule = 'linear' then weight end) as linear_weight,
    max(case when rule = 'linear' then revenue_millionths end) as linear_revenue,
    max(case when rule = 'position_based' then weight end) as position_based_weight,
    max(case when rule = 'position_based' then revenue_millionths end) as position_based_revenue,
    max(case when rule = 'time_decay' then weight end) as time_decay_weight,
    max(case when rule = 'time_decay' then revenue_millionths end) as time_decay_revenue,
    max(case when rule = 'w_shaped' then weight end) as w_shaped_weight,
    max(case when rule = 'w_shaped' then revenue_millionths end) as w_shaped_revenue,
    max(case when rule = 'markov' then weight end) as markov_weight,
    max(case when rule = 'markov' then revenue_millionths end) as markov_revenue,
    max(case when rule = 'shapley' then weight end) as shapley_weight,
    max(case when rule = 'shapley' then revenue_millionths end) as shapley_revenue
    -- per rule: , max(case when rule = '{rule}' then weight end) as {rule}_weight, max(case when rule = '{rule}' then revenue_millionths end) as {rule}_revenue
  from credits group by window_days, touch_types, goal_id, position)
select e.*, g.conversions from earned e join goals g on g.goal_id = e.goal_id
