-- what: days whose facts do not hold the money that the ledger says came in
-- reads: facts_daily, money_ledger
with facts as (
  select day, sum(cost_direct + cost_allocated) as cost, sum(revenue_settled + revenue_provisional - refunds) as revenue
  from facts_daily group by day),
ledger as (
  select day, sum(case when side = 'spend' then amount else 0 end) as cost,
    sum(case when side = 'revenue' then amount else 0 end) as revenue
  from money_ledger
  where currency = $currency and bucket not in ('in', 'non_human', 'stated') and side in ('spend', 'revenue')
  group by day)
select coalesce(f.day, l.day) as day, f.cost as facts_cost, l.cost as ledger_cost, f.revenue as facts_revenue,
  l.revenue as ledger_revenue
from facts f full join ledger l on l.day = f.day
where coalesce(f.cost, 0) <> coalesce(l.cost, 0) or coalesce(f.revenue, 0) <> coalesce(l.revenue, 0)
