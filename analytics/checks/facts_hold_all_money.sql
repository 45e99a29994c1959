-- what: days whose facts do not hold the money that came in: spend of the ledger's day, revenue of the day it is booked on
-- reads: facts_daily, money_ledger, goals, settlement_cells
with facts as (
  select day, sum(cost_direct + cost_allocated) as cost, sum(revenue_settled + revenue_provisional - refunds) as revenue
  from facts_daily group by day),
money as (
  select day, sum(cost) as cost, sum(revenue) as revenue
  from (
    select day, amount as cost, 0 as revenue from money_ledger
    where side = 'spend' and currency = $currency and bucket <> 'in'
    union all
    select booked_day, 0, amount - refunds from goals where traffic = 'human'
    union all
    select day, 0, unallocated from settlement_cells where unallocated is not null) parts
  group by day)
select coalesce(f.day, m.day) as day, f.cost as facts_cost, m.cost as ledger_cost, f.revenue as facts_revenue,
  m.revenue as ledger_revenue
from facts f full join money m on m.day = f.day
where coalesce(f.cost, 0) <> coalesce(m.cost, 0) or coalesce(f.revenue, 0) <> coalesce(m.revenue, 0)
union all
-- The ledger's days are those that were stated, so its revenue is compared over all of them.
select null, null, null, f.revenue, l.revenue
from (select coalesce(sum(revenue), 0) as revenue from facts) f
cross join (
  select coalesce(sum(amount), 0) as revenue from money_ledger
  where side = 'revenue' and currency = $currency and bucket not in ('in', 'non_human')) l
where f.revenue <> l.revenue
