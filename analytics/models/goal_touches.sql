-- what: every goal with the touches of its journey, clicks and views, within the widest windows of its kind
-- grain: one row per (goal_id, position)
-- reads: goals, laddered, identified, click_spine, step_senders, windows, removed_networks
-- promise: ordered by time, a view before a click, ties by sender and id; a click_id is one touch; a goal that names its creative itself, without a click, is its own
-- refresh: rows
with crowds as (
  -- "undefined" is no visitor: an id with more clicks than a person makes would be in everybody's journey.
  select visitor from laddered where type = 'click' and visitor is not null
  group by visitor having count(*) > $visitor_clicks_max),
reach as (
  select conversion_kind, max(window_days) * 86400000000 as click_us, max(view_days) * 86400000000 as view_us
  from windows group by conversion_kind),
wanted as (
  select g.goal_id, g.kind, g.occurred_us, g.click_id, case when c.visitor is null then g.visitor end as visitor,
    r.conversion_kind as window_kind, r.click_us, r.view_us
  from goals g
  left join (select distinct conversion_kind from windows) o on o.conversion_kind = g.kind
  join reach r on r.conversion_kind = coalesce(o.conversion_kind, '*')
  left join crowds c on c.visitor = g.visitor
  where g.traffic = 'human'),
-- The visitor's goal of the same kind before this one, and the first lead: what splits a journey.
split as (
  select w.goal_id, l.lead_us, max(w.occurred_us) over (
    partition by w.kind, w.visitor order by w.occurred_us range between unbounded preceding and 1 preceding) as last_us
  from wanted w
  left join (
    select visitor, min(occurred_us) as lead_us from wanted where kind = $lead_kind group by visitor) l
    on l.visitor = w.visitor and l.lead_us <= w.occurred_us and w.kind <> $lead_kind
  where w.visitor is not null),
touches as (
  select l.key_hash, l.type, l.occurred_us, l.click_id, l.visitor
  from laddered l
  left join click_spine s on s.click_id = l.click_id
  left join step_senders r on r.step = l.type
  where l.traffic = 'human' and l.creative_id is not null and (
    l.type = 'click' and (
      s.sender = l.sender and s.id = l.id or l.click_id is null and coalesce(r.sender, l.sender) = l.sender)
    or l.type = 'impression' and l.visitor is not null and coalesce(r.sender, l.sender) = l.sender)),
pairs as (
  select w.goal_id, t.key_hash from wanted w join touches t on t.visitor = w.visitor
  where t.occurred_us <= w.occurred_us
    and w.occurred_us - t.occurred_us <= case when t.type = 'click' then w.click_us else w.view_us end
    and (t.type = 'click' or w.view_us > 0)
  union
  select w.goal_id, t.key_hash from wanted w join touches t on t.click_id = w.click_id
  where t.type = 'click' and w.occurred_us - t.occurred_us <= w.click_us),
joined as (
  select
    case l.type when 'click' then 'click' else 'view' end as touch_type, p.goal_id, w.window_kind, w.kind as conversion_kind,
    l.sender, l.id, l.occurred_at, l.occurred_us, l.day as touch_day, l.creative_id, l.network, l.account_id,
    l.campaign_id, l.adset_id, l.ad_id, l.placement, l.country, l.device, l.term,
    -- What shows an ad was paid for, unless its network says otherwise.
    coalesce(l.network not in ('direct', 'organic', 'email', 'referral', 'none'), true) as paid,
    coalesce(l.type = 'click' and l.click_id = w.click_id, false) as same_click,
    greatest(w.occurred_us - l.occurred_us, 0) as lag_us,
    coalesce(l.occurred_us <= s.lead_us, false) as before_lead,
    case when n.network is not null then 'removed'
      when $after_conversion = 'restart' and l.occurred_us <= s.last_us then 'before_last_goal' end as left_out
  from pairs p
  join wanted w on w.goal_id = p.goal_id
  -- A view that has a click shows what its click showed, here as in the facts.
  join identified l on l.key_hash = p.key_hash
  left join split s on s.goal_id = p.goal_id
  left join removed_networks n on n.network = l.network
  union all
  select
    'goal', g.goal_id, w.window_kind, g.kind, g.sender, g.id, g.occurred_at, g.occurred_us, g.day, g.creative_id,
    g.network, g.account_id, g.campaign_id, g.adset_id, g.ad_id, g.placement, g.country, g.device, null, true, true, 0,
    false, case when n.network is not null then 'removed' end
  from goals g
  join wanted w on w.goal_id = g.goal_id
  left join removed_networks n on n.network = g.network
  where g.creative_id is not null and not g.has_click)
select
  j.*, g.day as goal_day, g.booked_day, g.conversions, cast(g.amount - g.refunds as decimal(38, 6)) as revenue,
  row_number() over (
    partition by j.goal_id
    order by j.occurred_us, case j.touch_type when 'view' then 0 else 1 end, j.sender, j.id, j.touch_type) as position,
  count(*) over (partition by j.goal_id) as touches
from joined j
join goals g on g.goal_id = j.goal_id
