-- what: how long goals take, from the first touch and from the touch that the headline rule credits, in steps of hours and days
-- grain: one row per (conversion_kind, touch_basis, day, lag_hours_from, lag_hours_to)
-- reads: goals, goal_touches, path_touches, credit_scopes, headline_credits
-- promise: each basis adds up to what attribution_ledger calls credited: by first_touch in the widest window of clicks, by the headline
-- refresh: sums
with widest as (
  select conversion_kind, max(window_days) as window_days from credit_scopes where touch_types = 'click'
  group by conversion_kind),
found as (
  select 'first_touch' as touch_basis, p.goal_id, p.lag_us
  from path_touches p
  join goal_touches t on t.goal_id = p.goal_id and t.position = p.position
  join widest w on w.conversion_kind = t.window_kind and w.window_days = p.window_days
  where p.touch_types = 'click' and p.nth = 1
  union all
  select 'credited_touch', h.goal_id, t.lag_us
  from headline_credits h join goal_touches t on t.goal_id = h.goal_id and t.position = h.position),
steps as (
  select 0 as lag_hours_from, 1 as lag_hours_to union all select 1, 3 union all select 3, 6 union all select 6, 12
  union all select 12, 24 union all select 24, 48 union all select 48, 72 union all select 72, 120
  union all select 120, 168 union all select 168, 336 union all select 336, 504 union all select 504, 672
  union all select 672, 1440 union all select 1440, null)
select
  g.kind as conversion_kind, f.touch_basis, g.day, s.lag_hours_from, s.lag_hours_to, cast(count(*) as bigint) as goals,
  cast(sum(g.conversions) as bigint) as conversions, cast(sum(g.amount - g.refunds) as decimal(38, 6)) as revenue
from found f
join goals g on g.goal_id = f.goal_id
join steps s
  on f.lag_us >= s.lag_hours_from * 3600000000 and (s.lag_hours_to is null or f.lag_us < s.lag_hours_to * 3600000000)
where g.conversions <> 0 or g.amount <> g.refunds
group by g.kind, f.touch_basis, g.day, s.lag_hours_from, s.lag_hours_to
