-- Every cell that what came since can have changed, with the measures it can have changed there. One cell may stand
-- here for several causes: all of them are told.
create or replace table history_candidates as
with keyed as (
  select m.key_kind, m.key_sender, m.key_value, e.type, e.cause
  from money_events m
  join history_events e on e.sender = m.sender and e.type = m.type and e.id = m.id
    and e.revenue_stage is not distinct from m.revenue_stage),
goals_of_keys as (
  select m.key_kind, m.key_sender, m.key_value, c.goal_id, c.day, c.creative_id, c.network, c.campaign_id, e.id is not null as is_fresh
  from money_events m
  join history_goal_cells c on c.sender = m.sender and c.type = m.type and c.id = m.id
  left join history_events e on e.sender = m.sender and e.type = m.type and e.id = m.id
    and e.revenue_stage is not distinct from m.revenue_stage),
clicks as (select * from history_events where type = 'click'),
moved as (
  (select creative_id, canonical_id from record.creative_aliases
   except select creative_id, canonical_id from history.aliases)
  union all
  (select creative_id, canonical_id from history.aliases
   except select creative_id, canonical_id from record.creative_aliases)),
shares as (
  select r.day, r.network, r.account_id, r.campaign_id, r.ad_id, r.key_hash, s.creative_id
  from report_parts r left join report_shares s on s.sender = r.sender and s.key_hash = r.key_hash)
select cause, day, creative_id, network, campaign_id,
  case type when 'click' then 'all' when 'impression' then 'cost' when 'landing_view' then 'sessions'
    when 'search_click' then 'sessions' when 'results_view' then 'sessions' else 'goals' end as scope
from history_events where type not in ('revenue', 'refund')
union
-- Money that is stated of a goal which was there before revises it; of one that came with it, it is part of it.
select case when k.type = 'revenue' and k.cause = 'late_data' and not g.is_fresh then 'revision' else k.cause end,
  g.day, g.creative_id, g.network, g.campaign_id,
  case k.type when 'refund' then 'refunds' when 'revenue' then 'money' else 'goals' end
from keyed k
join goals_of_keys g on g.key_kind = k.key_kind and g.key_sender = k.key_sender and g.key_value = k.key_value
union
-- A click that came late can take a goal from another touch of its journey, or find it its creative.
select c.cause, t.booked_day, o.creative_id, o.network, o.campaign_id, 'goals'
from clicks c
join credit_touches t on t.touch_type = 'click' and t.sender = c.sender and t.id = c.id
join credit_touches o on o.goal_id = t.goal_id
union
select c.cause, g.booked_day, null, g.network, g.campaign_id, 'goals'
from clicks c
join credit_touches t on t.touch_type = 'click' and t.sender = c.sender and t.id = c.id
join goals g on g.goal_id = t.goal_id
union
-- What hangs on a click stands where the click does, and stood by itself before.
select c.cause, i.day, i.creative_id, i.network, i.campaign_id, 'all'
from clicks c join identified i on i.click_id = c.click_id
union
select c.cause, l.day, l.creative_id, l.network, l.campaign_id, 'all'
from clicks c join laddered l on l.click_id = c.click_id
union
-- The cost of an ad that showed several texts is shared by their clicks.
select c.cause, s.day, s.creative_id, s.network, s.campaign_id, 'reports'
from clicks c join shares s on s.network is not distinct from c.network and s.ad_id = c.ad_id and s.day = c.day
union
select case when f.replayed then 'replay' when f.again then 'revision' else 'late_data' end,
  s.day, s.creative_id, s.network, s.campaign_id, 'reports'
from history_fresh f
join shares s on s.day = f.day and s.network is not distinct from f.network
  and (s.key_hash = f.key_hash or s.campaign_id = f.campaign_id or s.ad_id = f.ad_id)
where f.kind = 'report'
union
select case when f.replayed then 'replay' when f.again then 'revision' else 'late_data' end,
  i.day, i.creative_id, i.network, i.campaign_id, 'cost'
from history_fresh f
join identified i on i.day = f.day and i.network is not distinct from f.network and i.ad_id = f.ad_id
where f.kind = 'report' and i.type in ('click', 'impression')
union
-- A settlement says the final money of a cell: of all creatives in it.
select case when f.replayed then 'replay' else 'settlement' end, d.day, d.creative_id, d.network, d.campaign_id, 'money'
from history_fresh f
join history_differences d on d.day = f.day and (f.campaign_id is null or f.campaign_id is not distinct from d.campaign_id)
where f.kind = 'settlement'
union
select case when f.replayed then 'replay' else 'settlement' end, c.day, c.creative_id, c.network, c.campaign_id, 'money'
from history_fresh f
join settlement_shares s on s.settlement_sender = f.sender and s.settlement_key = f.key_hash
join history_goal_cells c on c.goal_id = s.goal_id
where f.kind = 'settlement'
union
-- Within a settled cell money is shared: what is new of one goal takes from the others.
select k.cause, o.day, o.creative_id, o.network, o.campaign_id, 'money'
from keyed k
join goals_of_keys g on g.key_kind = k.key_kind and g.key_sender = k.key_sender and g.key_value = k.key_value
join settlement_shares s on s.goal_id = g.goal_id
join settlement_shares t on t.settlement_sender = s.settlement_sender and t.settlement_key = s.settlement_key
join history_goal_cells o on o.goal_id = t.goal_id
union
select 'ad_text', i.day, i.creative_id, i.network, i.campaign_id, 'all'
from history_fresh f join identified i on i.network is not distinct from f.network and i.ad_id = f.ad_id
where f.kind = 'ad'
union
select 'ad_text', s.day, s.creative_id, s.network, s.campaign_id, 'all'
from history_fresh f join shares s on s.network is not distinct from f.network and s.ad_id = f.ad_id
where f.kind = 'ad'
union
select 'ad_text', d.day, d.creative_id, d.network, d.campaign_id, 'all'
from history_fresh f
join ad_identities a on a.network is not distinct from f.network and a.ad_id = f.ad_id
join history_differences d on d.creative_id is not distinct from a.creative_id
where f.kind = 'ad'
union
select 'merge', d.day, d.creative_id, d.network, d.campaign_id, 'all'
from history_differences d
where d.creative_id in (select creative_id from moved) or d.creative_id in (select canonical_id from moved)
