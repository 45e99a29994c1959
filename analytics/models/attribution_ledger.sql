-- what: all conversions and money per rule: credited, and not credited with the reason
-- grain: one row per (rule, window_days, conversion_kind, bucket, reason)
-- reads: goals, credits, uncredited, rules, windows
-- promise: credited + unattributed = total, in conversions and to the last millionth of money
-- refresh: sums
select r.rule, w.window_days, g.kind as conversion_kind, 'total' as bucket, cast(null as varchar) as reason,
  cast(sum(g.conversions) as decimal(38, 6)) as conversions, cast(sum(g.amount - g.refunds) as decimal(38, 6)) as revenue
from goals g cross join rules r cross join windows w
where g.traffic = 'human'
group by r.rule, w.window_days, g.kind
union all
select rule, window_days, conversion_kind, 'credited', null,
  cast(cast(sum(conversion_millionths) as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)),
  cast(cast(sum(revenue_millionths) as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6))
from credits group by rule, window_days, conversion_kind
union all
select u.rule, u.window_days, g.kind, 'unattributed', u.reason, cast(sum(g.conversions) as decimal(38, 6)),
  cast(sum(g.amount - g.refunds) as decimal(38, 6))
from uncredited u join goals g on g.goal_id = u.goal_id
group by u.rule, u.window_days, g.kind, u.reason
