-- what: kinds whose lags or journeys do not add up to what the ledger calls credited
-- reads: lags, journeys, attribution_ledger, credit_scopes, windows
with scopes as (
  select conversion_kind, window_days, headline, max(window_days) over (partition by conversion_kind) as widest_days
  from credit_scopes where touch_types = 'click'),
ledger as (
  select l.rule, l.conversion_kind, l.conversions, l.revenue, w.headline, w.window_days = w.widest_days as is_widest
  from attribution_ledger l
  left join (select distinct conversion_kind from windows) o on o.conversion_kind = l.conversion_kind
  join scopes w on w.conversion_kind = coalesce(o.conversion_kind, '*') and w.window_days = l.window_days
  where l.touch_types = 'click' and l.bucket = 'credited'),
told as (
  select touch_basis as what, conversion_kind, cast(conversions as decimal(38, 6)) as conversions, revenue from lags
  union all
  select 'journeys', conversion_kind, cast(conversions as decimal(38, 6)), revenue from journeys
  union all
  select 'credited_touch', conversion_kind, -conversions, -revenue from ledger where rule = $headline_rule and headline
  union all
  select n.what, l.conversion_kind, -l.conversions, -l.revenue
  from ledger l cross join (select 'first_touch' as what union all select 'journeys') n
  where l.rule = 'first_touch' and l.is_widest)
select what, conversion_kind, sum(conversions) as conversions_off, sum(revenue) as revenue_off
from told
group by what, conversion_kind
having sum(conversions) <> 0 or sum(revenue) <> 0
