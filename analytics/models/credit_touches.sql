-- what: every goal with the touches of its journey within the widest window
-- grain: one row per (goal_id, position)
-- reads: goals, laddered, click_spine, step_senders
-- promise: ordered by time, ties by sender and id; a click_id is one touch; a goal that names its creative itself, without a click, is its own
-- refresh: rows
with crowds as (
  -- "undefined" is no visitor: an id with more clicks than a person makes would be in everybody's journey.
  select visitor from laddered where type = 'click' and visitor is not null
  group by visitor having count(*) > $visitor_clicks_max),
touches as (
  -- What shows an ad was paid for, unless its network says otherwise.
  select l.sender, l.id, l.occurred_at, l.occurred_us, l.click_id,
    case when c.visitor is null then l.visitor end as visitor, l.creative_id, l.network, l.account_id,
    l.campaign_id, l.adset_id, l.ad_id, l.placement, l.country, l.device, l.day,
    coalesce(l.network not in ('direct', 'organic', 'email', 'referral', 'none'), true) as paid
  from laddered l
  left join click_spine s on s.click_id = l.click_id
  left join crowds c on c.visitor = l.visitor
  left join step_senders r on r.step = 'click'
  where l.type = 'click' and l.traffic = 'human' and l.creative_id is not null
    and (s.sender = l.sender and s.id = l.id or l.click_id is null and coalesce(r.sender, l.sender) = l.sender)),
pairs as (
  select g.goal_id, t.sender, t.id from goals g join touches t on t.visitor = g.visitor
  where g.traffic = 'human' and t.occurred_at <= g.occurred_at
    and g.occurred_us - t.occurred_us <= $lookback_days * 86400000000
  union
  select g.goal_id, t.sender, t.id from goals g join touches t on t.click_id = g.click_id
  where g.traffic = 'human' and g.occurred_us - t.occurred_us <= $lookback_days * 86400000000),
joined as (
  select
    'click' as touch_type, g.goal_id, g.kind as conversion_kind, g.day as goal_day, g.booked_day, g.conversions,
    cast(g.amount - g.refunds as decimal(38, 6)) as revenue, t.sender, t.id, t.occurred_at, t.day as touch_day,
    t.creative_id, t.network, t.account_id, t.campaign_id, t.adset_id, t.ad_id, t.placement, t.country, t.device,
    t.paid, coalesce(t.click_id = g.click_id, false) as same_click,
    greatest(g.occurred_us - t.occurred_us, 0) as lag_us
  from pairs p
  join goals g on g.goal_id = p.goal_id
  join touches t on t.sender = p.sender and t.id = p.id
  union all
  select
    'goal', g.goal_id, g.kind, g.day, g.booked_day, g.conversions, cast(g.amount - g.refunds as decimal(38, 6)), g.sender, g.id,
    g.occurred_at, g.day, g.creative_id, g.network, g.account_id, g.campaign_id, g.adset_id, g.ad_id, g.placement,
    g.country, g.device, true, true, 0
  from goals g
  where g.traffic = 'human' and g.creative_id is not null and not g.has_click)
select
  *, lag_us // 1000000 as lag_seconds,
  row_number() over (partition by goal_id order by occurred_at, sender, id, touch_type) as position,
  count(*) over (partition by goal_id) as touches
from joined
