-- what: rules whose published credit is not what the ledger calls credited, on either date basis
-- reads: creative_credit, attribution_ledger
select b.date_basis, l.rule, l.window_days, l.conversion_kind, l.conversions, l.revenue, c.conversions as credit,
  c.revenue as credit_revenue
from attribution_ledger l
cross join (select 'event' as date_basis union all select 'click') b
left join (
  select rule, window_days, date_basis, conversion_kind, sum(conversions) as conversions, sum(revenue) as revenue
  from creative_credit group by rule, window_days, date_basis, conversion_kind) c
  on c.rule = l.rule and c.window_days = l.window_days and c.date_basis = b.date_basis
  and c.conversion_kind = l.conversion_kind
where l.bucket = 'credited'
  and (coalesce(c.conversions, 0) <> l.conversions or coalesce(c.revenue, 0) <> l.revenue)
