-- what: every kind with a goal on a closed day, and how far its widest window of clicks reaches
-- reads: goals, credit_scopes
with reach as (
  select conversion_kind, max(window_days) as window_days from credit_scopes where touch_types = 'click'
  group by conversion_kind)
select k.kind as conversion_kind, r.window_days, r.window_days * 86400000000 as window_us
from (select distinct kind from goals where traffic = 'human' and day <= $through) k
left join reach o on o.conversion_kind = k.kind
join reach r on r.conversion_kind = coalesce(o.conversion_kind, '*')
