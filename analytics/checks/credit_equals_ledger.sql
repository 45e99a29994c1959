-- what: rules whose published credit is not what the ledger calls credited, on either date basis, by creative or any dimension
-- reads: creative_credit, dimension_credit, attribution_ledger
with told as (
  select 'creative' as dimension, date_basis, rule, window_days, touch_types, conversion_kind, conversions, revenue
  from creative_credit
  union all
  select dimension, date_basis, rule, window_days, touch_types, conversion_kind, conversions, revenue from dimension_credit
  union all
  select d.dimension, b.date_basis, l.rule, l.window_days, l.touch_types, l.conversion_kind, -l.conversions, -l.revenue
  from attribution_ledger l
  cross join (select 'event' as date_basis union all select 'click') b
  cross join (
    select 'creative' as dimension union all select 'network' union all select 'campaign' union all select 'ad'
    union all select 'sender' union all select 'term') d
  where l.bucket = 'credited')
select dimension, date_basis, rule, window_days, touch_types, conversion_kind, sum(conversions) as conversions_off,
  sum(revenue) as revenue_off
from told
group by dimension, date_basis, rule, window_days, touch_types, conversion_kind
having sum(conversions) <> 0 or sum(revenue) <> 0
