-- what: every rule's credit of closed days by bins of visitors, per kind, and all money together as kind '*'
-- reads: touch_credits, goals, goal_touches, credit_scopes
-- A visitor's goals share a bin, whatever their number: the visitor is what a bootstrap draws again.
with binned as (
  select goal_id, day, cast((first_goal % $bins + $bins) % $bins as integer) as bin
  from (
    select goal_id, day, min(goal_id) over (partition by coalesce(visitor, cast(goal_id as varchar))) as first_goal
    from goals where traffic = 'human') g),
own as (
  select c.window_days, c.touch_types, t.conversion_kind, t.creative_id, b.bin
    -- per rule: , cast(sum(c.conversions * c.{rule}_weight) as bigint) as {rule}_conversions, cast(sum(c.{rule}_revenue) as bigint) as {rule}_revenue
  from touch_credits c
  join binned b on b.goal_id = c.goal_id
  join goal_touches t on t.goal_id = c.goal_id and t.position = c.position
  where b.day <= $through
  group by c.window_days, c.touch_types, t.conversion_kind, t.creative_id, b.bin),
-- Kinds can have windows of their own; the money of all of them takes each kind's nearest that is not wider.
kinds as (
  select g.kind, s.window_days, s.touch_types
  from (select distinct kind from goals where traffic = 'human' and day <= $through) g
  left join (select distinct conversion_kind from credit_scopes) o on o.conversion_kind = g.kind
  join credit_scopes s on s.conversion_kind = coalesce(o.conversion_kind, '*')),
nearest as (
  select k.kind, w.window_days, w.touch_types,
    coalesce(max(case when k.window_days <= w.window_days then k.window_days end), min(k.window_days)) as taken_days
  from (select distinct window_days, touch_types from kinds) w join kinds k on k.touch_types = w.touch_types
  group by k.kind, w.window_days, w.touch_types)
select * from own
union all by name
select n.window_days, o.touch_types, '*' as conversion_kind, o.creative_id, o.bin
  -- per rule: , cast(sum(o.{rule}_revenue) as bigint) as {rule}_revenue
from own o join nearest n
  on n.kind = o.conversion_kind and n.touch_types = o.touch_types and n.taken_days = o.window_days
group by n.window_days, o.touch_types, o.creative_id, o.bin
