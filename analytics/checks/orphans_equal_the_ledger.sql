-- what: kinds, currencies and reasons under which the orphans are not what the ledger calls unattributed under the headline rule
-- reads: orphans, attribution_ledger, credit_scopes, windows
with ledger as (
  select l.conversion_kind, l.currency, l.reason, l.conversions, l.revenue
  from attribution_ledger l
  left join (select distinct conversion_kind from windows) o on o.conversion_kind = l.conversion_kind
  join credit_scopes w
    on w.conversion_kind = coalesce(o.conversion_kind, '*') and w.window_days = l.window_days
    and w.touch_types = l.touch_types and w.headline
  where l.rule = $headline_rule and l.bucket = 'unattributed'),
told as (
  select conversion_kind, currency, reason, cast(conversions as decimal(38, 6)) as conversions, revenue from orphans
  union all
  select conversion_kind, currency, reason, -conversions, -revenue from ledger)
select conversion_kind, currency, reason, sum(conversions) as conversions_off, sum(revenue) as revenue_off
from told
group by conversion_kind, currency, reason
having sum(conversions) <> 0 or sum(revenue) <> 0
