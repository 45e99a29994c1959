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
    window_days, touch_types, date_basis, day, dimension, value, conversion_kind
    -- per rule: , sum(conversions * {rule}_weight) as {rule}_conversions, sum({rule}_revenue) as {rule}_revenue
  from valued group by window_days, touch_types, date_basis, day, dimension, value, conversion_kind
  order by date_basis, day),
ruled as (
  select s.*, r.rule,
    case r.rule
      -- per rule: when '{rule}' then {rule}_conversions
      end as conversions,
    case r.rule
      -- per rule: when '{rule}' then {rule}_revenue
      end as revenue
  from summed s cross join rules r)
select
  rule, window_days, touch_types, date_basis, day, dimension, value, conversion_kind,
  cast(cast(conversions as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as conversions,
  cast(cast(revenue as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as revenue
from ruled where conversions <> 0 or revenue <> 0
