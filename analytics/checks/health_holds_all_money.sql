-- what: totals of rac_health that are not those of the facts, to the cent
-- reads: rac_health, facts_daily
select h.revenue, f.revenue as facts_revenue, h.cost, f.cost as facts_cost
from (select coalesce(sum(revenue), 0) as revenue, coalesce(sum(cost), 0) as cost from rac_health) h
cross join (
  select coalesce(sum(revenue_settled + revenue_provisional - refunds), 0) as revenue,
    coalesce(sum(cost_direct + cost_allocated), 0) as cost from facts_daily) f
where h.revenue <> f.revenue or h.cost <> f.cost
