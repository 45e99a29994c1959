-- what: every human goal that a rule credits to nobody, with the reason, and what lies behind a missing identity
-- grain: one row per (journey_read, window_days, touch_types, goal_id)
-- reads: goals, goal_touches, credits, rules, credit_scopes, windows, laddered, click_spine, events, texts
-- promise: with the credited ones these are all goals; each has one reason, and a cause that says what to mend
-- refresh: rows
with every_goal as (
  select g.goal_id, g.sender, g.visitor, g.click_id, g.has_click, g.creative_id, g.occurred_at, r.journey_read, w.window_days,
    w.touch_types
  from goals g
  left join (select distinct conversion_kind from windows) o on o.conversion_kind = g.kind
  join credit_scopes w on w.conversion_kind = coalesce(o.conversion_kind, '*')
  cross join (select distinct journey_read from rules) r
  where g.traffic = 'human'),
journeys as (
  select goal_id, max(case when paid then 1 else 0 end) as any_paid, max(case when same_click then 1 else 0 end) as any_same,
    max(case when touch_type = 'view' then 0 else 1 end) as any_click, max(case when left_out is null then 1 else 0 end) as any_left
  from goal_touches group by goal_id),
visitors as (
  select visitor, count(*) > $visitor_clicks_max as is_crowd, min(case when traffic = 'human' then occurred_at end) as first_click,
    min(case when traffic = 'human' and creative_id is not null then occurred_at end) as first_touch
  from laddered where type = 'click' and visitor is not null group by visitor),
-- Rules that read the same journeys credit the same goals.
credited as (
  select case rule when 'first_touch' then 'path' else rule end as journey_read, window_days, touch_types, goal_id
  from credits where rule in ('same_click', 'last_paid', 'first_touch')),
-- What a click brought where its ad's text belongs.
clicks as (
  select c.click_id, min(coalesce(t.status, 'missing')) as status
  from click_spine c
  join events e on e.sender = c.sender and e.id = c.id and e.type = 'click'
  left join texts t on t.variant_id = e.variant_id
  group by c.click_id),
judged as (
  select
    e.*, k.status,
    case
      when e.click_id is null and (e.visitor is null or v.is_crowd) then 'no_id'
      when e.has_click and e.creative_id is null and (j.goal_id is null or e.journey_read = 'same_click') then 'no_identity'
      when e.has_click and (j.goal_id is null or e.journey_read = 'same_click') then 'outside_window'
      when j.goal_id is null and not v.is_crowd and v.first_touch <= e.occurred_at then 'outside_window'
      when j.goal_id is null and not v.is_crowd and v.first_click <= e.occurred_at then 'no_identity'
      when j.goal_id is null then 'no_touch'
      when e.journey_read = 'same_click' and j.any_same = 0 then 'no_same_click'
      when j.any_click = 0 and e.touch_types = 'click' then 'only_views'
      when e.journey_read = 'last_paid' and j.any_paid = 0 then 'no_paid_touch'
      when e.journey_read = 'path' and j.any_left = 0 then 'left_out'
      else 'outside_window' end as reason
  from every_goal e
  left join credited c
    on c.journey_read = e.journey_read and c.window_days = e.window_days and c.touch_types = e.touch_types
    and c.goal_id = e.goal_id
  left join journeys j on j.goal_id = e.goal_id
  left join visitors v on v.visitor = e.visitor
  left join clicks k on k.click_id = e.click_id
  where c.goal_id is null)
select
  journey_read, window_days, touch_types, goal_id, reason,
  case
    when reason = 'no_identity' and has_click then 'text_' || status
    when reason in ('no_touch', 'no_same_click') and click_id is not null and not has_click then 'click_unknown'
    else reason end as cause
from judged
