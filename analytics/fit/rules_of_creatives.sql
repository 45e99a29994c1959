-- what: each creative under each rule and window with its intervals, and whether its profit keeps its sign under all
-- reads: drawn_arrow, fit_standing, facts_daily
with spent as (
  select creative_id, cast(sum(cost_direct + cost_allocated) as decimal(38, 6)) as cost
  from facts_daily where creative_id is not null and day <= $through
  group by creative_id having sum(cost_direct + cost_allocated) <> 0),
scopes as (select distinct rule, window_days, touch_types from drawn_arrow where conversion_kind = '*'),
every_creative as (select creative_id from spent union select creative_id from drawn_arrow),
-- A rule that gives a creative nothing says so: its spend is lost there.
money as (
  select s.rule, s.window_days, s.touch_types, e.creative_id, coalesce(d.revenue, 0) as revenue,
    coalesce(d.revenue_low, 0) as revenue_low, coalesce(d.revenue_high, 0) as revenue_high, p.cost
  from scopes s cross join every_creative e
  left join drawn_arrow d
    on d.conversion_kind = '*' and d.rule = s.rule and d.window_days = s.window_days and d.touch_types = s.touch_types
    and d.creative_id = e.creative_id
  left join spent p on p.creative_id = e.creative_id),
signs as (
  select creative_id, case when min(cost) is null then null else min(sign(revenue - cost)) = max(sign(revenue - cost)) end
    as robust
  from money group by creative_id)
select f.fit_id, m.rule, m.window_days, m.touch_types, '*' as conversion_kind, m.creative_id,
  cast(null as decimal(38, 6)) as conversions, cast(null as decimal(38, 6)) as conversions_low,
  cast(null as decimal(38, 6)) as conversions_high, cast(m.revenue as decimal(38, 6)) as revenue,
  cast(m.revenue_low as decimal(38, 6)) as revenue_low, cast(m.revenue_high as decimal(38, 6)) as revenue_high, m.cost,
  cast(m.revenue - m.cost as decimal(38, 6)) as profit, cast(m.revenue_low - m.cost as decimal(38, 6)) as profit_low,
  cast(m.revenue_high - m.cost as decimal(38, 6)) as profit_high, s.robust
from money m join signs s on s.creative_id = m.creative_id cross join fit_standing f
union all
select f.fit_id, d.rule, d.window_days, d.touch_types, d.conversion_kind, d.creative_id, d.conversions, d.conversions_low,
  d.conversions_high, d.revenue, d.revenue_low, d.revenue_high, null, null, null, null, null
from drawn_arrow d cross join fit_standing f where d.conversion_kind <> '*'
