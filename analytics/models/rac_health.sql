-- what: in what state ad texts arrive, with the money behind each state
-- grain: one row per (sender, day, status)
-- reads: events, texts, goals, click_spine, click_costs
-- promise: human only; interactions and cost by the text they carry, money by its event's text, else by its click's
with states as (
  select e.sender, e.type, e.id, e.day, e.count, coalesce(t.status, 'missing') as status, t.status is not null as has_text
  from events e
  left join texts t on t.variant_id = e.variant_id
  where e.traffic = 'human'),
-- An id of several money stages is one goal: any text that one of them carried is its own.
own as (
  select sender, type, id, min(case when has_text then status end) as status from states group by sender, type, id),
clicks as (
  select c.click_id, o.status
  from click_spine c join own o on o.sender = c.sender and o.id = c.id and o.type = 'click'),
parts as (
  select sender, day, status, count as interactions, cast(0 as decimal(38, 6)) as revenue,
    cast(0 as decimal(38, 6)) as cost
  from states
  union all
  select g.sender, g.booked_day, coalesce(o.status, c.status, 'missing'), 0,
    cast(g.amount - g.refunds as decimal(38, 6)), cast(0 as decimal(38, 6))
  from goals g
  left join own o on o.sender = g.sender and o.type = g.type and o.id = g.id
  left join clicks c on c.click_id = g.click_id
  where g.traffic = 'human'
  union all
  select k.sender, k.day, coalesce(o.status, 'missing'), 0, cast(0 as decimal(38, 6)), cast(k.cost as decimal(38, 6))
  from click_costs k
  join own o on o.sender = k.sender and o.type = k.type and o.id = k.id
  where k.cost <> 0)
select sender, day, status, cast(sum(interactions) as bigint) as interactions,
  cast(sum(revenue) as decimal(38, 6)) as revenue, cast(sum(cost) as decimal(38, 6)) as cost
from parts
group by sender, day, status
