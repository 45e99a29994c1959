-- what: all conversions and money per rule: credited, and not credited with the reason
-- grain: one row per (rule, window_days, conversion_kind, bucket, reason)
-- reads: goals, credit_touches, credits, rules, windows, laddered
-- promise: credited + unattributed = total, in conversions and to the last millionth of money
with every_goal as (
  select g.goal_id, g.kind, g.conversions, cast(g.amount - g.refunds as decimal(38, 6)) as revenue, g.visitor, g.click_id,
    g.has_click, g.creative_id, g.occurred_at, r.rule, w.window_days
  from goals g cross join rules r cross join windows w
  where g.traffic = 'human'),
journeys as (select goal_id, max(case when paid then 1 else 0 end) as any_paid,
    max(case when same_click then 1 else 0 end) as any_same from credit_touches group by goal_id),
visitors as (
  select visitor, count(*) > $visitor_clicks_max as is_crowd, min(case when traffic = 'human' then occurred_at end) as first_click,
    min(case when traffic = 'human' and creative_id is not null then occurred_at end) as first_touch
  from laddered where type = 'click' and visitor is not null group by visitor),
credited as (select distinct rule, window_days, goal_id from credits),
judged as (
  select
    e.*, c.goal_id is not null as is_credited,
    case
      when c.goal_id is not null then null
      when e.click_id is null and (e.visitor is null or v.is_crowd) then 'no_id'
      when e.has_click and e.creative_id is null and (j.goal_id is null or e.rule = 'same_click') then 'no_identity'
      when e.has_click and (j.goal_id is null or e.rule = 'same_click') then 'outside_window'
      when j.goal_id is null and v.first_touch <= e.occurred_at then 'outside_window'
      when j.goal_id is null and v.first_click <= e.occurred_at then 'no_identity'
      when j.goal_id is null then 'no_touch'
      when e.rule = 'last_paid' and j.any_paid = 0 then 'no_paid_touch'
      when e.rule = 'same_click' and j.any_same = 0 then 'no_same_click'
      else 'outside_window' end as reason
  from every_goal e
  left join credited c on c.rule = e.rule and c.window_days = e.window_days and c.goal_id = e.goal_id
  left join journeys j on j.goal_id = e.goal_id
  left join visitors v on v.visitor = e.visitor)
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
