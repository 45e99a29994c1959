-- what: all conversions and money per rule: credited, and not credited with the reason
-- grain: one row per (rule, window_days, conversion_kind, bucket, reason)
-- reads: goals, credit_touches, credits, rules, windows
-- promise: credited + unattributed = total, in conversions and to the last millionth of money
with every_goal as (
  select g.goal_id, g.kind, g.conversions, cast(g.amount - g.refunds as decimal(38, 6)) as revenue, g.visitor, g.click_id,
    g.has_click, r.rule, w.window_days
  from goals g cross join rules r cross join windows w
  where g.traffic = 'human'),
journeys as (select goal_id, max(case when paid then 1 else 0 end) as any_paid,
    max(case when same_click then 1 else 0 end) as any_same from credit_touches group by goal_id),
credited as (select distinct rule, window_days, goal_id from credits),
judged as (
  select
    e.*, c.goal_id is not null as is_credited,
    case
      when c.goal_id is not null then null
      when e.visitor is null and e.click_id is null then 'no_id'
      when j.goal_id is null and e.has_click then 'no_identity'
      when j.goal_id is null then 'no_touch'
      when e.rule = 'last_paid' and j.any_paid = 0 then 'no_paid_touch'
      when e.rule = 'same_click' and j.any_same = 0 then 'no_same_click'
      else 'outside_window' end as reason
  from every_goal e
  left join credited c on c.rule = e.rule and c.window_days = e.window_days and c.goal_id = e.goal_id
  left join journeys j on j.goal_id = e.goal_id)
select rule, window_days, kind as conversion_kind, 'total' as bucket, cast(null as varchar) as reason,
  cast(sum(conversions) as decimal(38, 6)) as conversions, cast(sum(revenue) as decimal(38, 6)) as revenue
from judged group by rule, window_days, kind
union all
select rule, window_days, conversion_kind, 'credited', null,
  cast(cast(sum(conversion_millionths) as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)),
  cast(cast(sum(revenue_millionths) as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6))
from credits group by rule, window_days, conversion_kind
union all
select rule, window_days, kind, 'unattributed', reason, cast(sum(conversions) as decimal(38, 6)),
  cast(sum(revenue) as decimal(38, 6))
from judged where not is_credited group by rule, window_days, kind, reason
