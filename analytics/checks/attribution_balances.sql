-- what: rules under which credited + unattributed is not the total
-- reads: attribution_ledger
select rule, window_days, touch_types, conversion_kind, currency,
  sum(case when bucket = 'total' then conversions else -conversions end) as conversions_off,
  sum(case when bucket = 'total' then revenue else -revenue end) as revenue_off
from attribution_ledger
group by rule, window_days, touch_types, conversion_kind, currency
having sum(case when bucket = 'total' then conversions else -conversions end) <> 0
  or sum(case when bucket = 'total' then revenue else -revenue end) <> 0
