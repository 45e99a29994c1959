-- what: days on which a reconciliation observes other clicks, spend or revenue than the facts hold
-- reads: reconciliation, facts_daily
with sides as (
  select day, measure, sum(observed) as here, 0 as there from reconciliation
  where measure <> 'conversions' group by day, measure
  union all
  select f.day, m.measure, 0, sum(case m.measure when 'clicks' then clicks when 'spend' then cost_direct + cost_allocated
    else revenue_settled + revenue_provisional - refunds end)
  from facts_daily f
  cross join (select 'clicks' as measure union all select 'spend' union all select 'revenue') m
  group by f.day, m.measure)
select day, measure, sum(here) as observed, sum(there) as facts
from sides group by day, measure having sum(here) <> sum(there)
