-- what: conversions and money under every rule and window by one dimension at a time: network, campaign, ad, sender or term
-- grain: one row per (rule, window_days, touch_types, date_basis, day, dimension, value, conversion_kind)
-- reads: touch_credits, goal_touches, rules
-- promise: each dimension adds up to what attribution_ledger calls credited; what names none has value NULL; dimensions are never added
-- refresh: sums
with touched as (
  select c.*, t.goal_day, t.touch_day, t.network, t.campaign_id, t.ad_id, t.sender, t.term, t.conversion_kind
  from touch_credits c join goal_touches t on t.goal_id = c.goal_id and t.position = c.position),
dated as (
  select 'event' as date_basis, goal_day as day, * from touched
  union all
  select 'click', touch_day, * from touched),
valued as (
  select 'network' as dimension, network as value, * from dated
  union all
  select 'campaign', campaign_id, * from dated
  union all
  select 'ad', ad_id, * from dated
  union all
  select 'sender', sender, * from dated
  union all
  select 'term', term, * from dated),
summed as (
  select
    window_days, touch_types, date_basis, day, dimension, value, conversion_kind,
    sum(conversions * same_click_weight) as same_click_conversions, sum(same_click_revenue) as same_click_revenue,
    sum(conversions * last_paid_weight) as last_paid_conversions, sum(last_paid_revenue) as last_paid_revenue,
    sum(conversions * first_touch_weight) as first_touch_conversions, sum(first_touch_revenue) as first_touch_revenue,
    sum(conversions * last_touch_weight) as last_touch_conversions, sum(last_touch_revenue) as last_touch_revenue,
    sum(conversions * linear_weight) as linear_conversions, sum(linear_revenue) as linear_revenue,
    sum(conversions * position_based_weight) as position_based_conversions, sum(position_based_revenue) as position_based_revenue,
    sum(conversions * time_decay_weight) as time_decay_conversions, sum(time_decay_revenue) as time_decay_revenue,
    sum(conversions * w_shaped_weight) as w_shaped_conversions, sum(w_shaped_revenue) as w_shaped_revenue,
    sum(conversions * markov_weight) as markov_conversions, sum(markov_revenue) as markov_revenue,
    sum(conversions * shapley_weight) as shapley_conversions, sum(shapley_revenue) as shapley_revenue
    -- per rule: , sum(conversions * {rule}_weight) as {rule}_conversions, sum({rule}_revenue) as {rule}_revenue
  from valued group by window_days, touch_types, date_basis, day, dimension, value, conversion_kind
  order by date_basis, day),
ruled as (
  select s.*, r.rule,
    case r.rule
      when 'same_click' then same_click_conversions when 'last_paid' then last_paid_conversions
      when 'first_touch' then first_touch_conversions when 'last_touch' then last_touch_conversions
      when 'linear' then linear_conversions when 'position_based' then position_based_conversions
      when 'time_decay' then time_decay_conversions when 'w_shaped' then w_shaped_conversions
      when 'markov' then markov_conversions when 'shapley' then shapley_conversions
      -- per rule: when '{rule}' then {rule}_conversions
      end as conversions,
    case r.rule
      when 'same_click' then same_click_revenue when 'last_paid' then last_paid_revenue
      when 'first_touch' then first_touch_revenue when 'last_touch' then last_touch_revenue
      when 'linear' then linear_revenue when 'position_based' then position_based_revenue
      when 'time_decay' then time_decay_revenue when 'w_shaped' then w_shaped_revenue
      when 'markov' then markov_revenue when 'shapley' then shapley_revenue
      -- per rule: when '{rule}' then {rule}_revenue
      end as revenue
  from summed s cross join rules r)
select
  rule, window_days, touch_types, date_basis, day, dimension, value, conversion_kind,
  cast(cast(conversions as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as conversions,
  cast(cast(revenue as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as revenue
from ruled where conversions <> 0 or revenue <> 0
