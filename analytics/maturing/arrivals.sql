-- What came of the clicks of each day, by the day on which it came: conversions of each kind, money (revisions and
-- refunds as they were told), and provisional money by the day it was settled. Reads the record for when cells came.
with live as (
  select sender, cast(min(received_at) at time zone 'UTC' at time zone $timezone as date) as live_day
  from identified group by sender),
live_cells as (
  select sender, cast(min(received_at) at time zone 'UTC' at time zone $timezone as date) as live_day
  from record.settlements where received_at <= $received_to group by sender),
credited as (
  select h.goal_id, h.conversion_kind, h.conversions, o.day as click_day
  from headline_credits h join click_outcomes o on o.sender = h.sender and o.id = h.id
  where h.touch_type = 'click' and o.day > $since and o.day <= $through),
-- What was imported came all at once: of days before a sender's first delivery its own clock tells when.
counted as (
  select c.conversion_kind, c.click_day, c.conversions,
    case when c.click_day >= l.live_day then i.received_at else i.occurred_at end as came_at
  from credited c
  join identified i on i.key_hash = c.goal_id
  join live l on l.sender = i.sender
  where c.conversions <> 0),
keyed as (
  select c.goal_id, c.click_day, g.key_kind, g.key_sender, g.key_value, g.kind, g.day
  from credited c join goals_told g on g.goal_id = c.goal_id where g.carries_money),
told as (
  select k.goal_id, k.click_day, e.type, e.sender, n.sender as record_sender, e.content_hash,
    cast(cast(e.revenue as decimal(20, 6)) * r.rate as decimal(38, 6)) as amount,
    case e.revenue_stage when 'pre_estimated' then 1 when 'estimated' then 2 when 'final' then 3 when 'adjusted' then 4
      else 0 end as stage_rank,
    case when k.click_day >= l.live_day then i.received_at else e.stated_at end as came_at,
    bool_or(e.type = 'refund' and e.sender = n.sender) over (partition by k.goal_id) as has_refund
  from keyed k
  join money_events e on e.key_kind = k.key_kind and e.key_sender = k.key_sender and e.key_value = k.key_value
  join identified i on i.key_hash = e.key_hash
  join live l on l.sender = e.sender
  join rates r on r.currency = e.currency and k.day >= r.first_day and (r.next_day is null or k.day < r.next_day)
  left join record_senders n on n.conversion_kind = k.kind
  where e.revenue is not null),
money as (
  select * from told
  where record_sender is null or record_sender = sender or (type = 'refund' and not coalesce(has_refund, false))),
cells as (
  select k.goal_id, k.click_day, max(g.amount) as amount,
    min(case when k.click_day >= l.live_day then v.received_at else v.stated_at end) as came_at
  from keyed k
  join settlement_shares s on s.goal_id = k.goal_id and s.amount is not null
  join goals g on g.goal_id = k.goal_id
  join record.settlements v
    on v.sender = s.settlement_sender and v.key_hash = s.settlement_key and v.received_at <= $received_to
  join live_cells l on l.sender = v.sender
  group by k.goal_id, k.click_day),
said as (
  select goal_id, click_day, came_at, stage_rank, amount, content_hash from money where type <> 'refund'
  union all
  select goal_id, click_day, came_at, 5, amount, 0 from cells),
effective as (
  select *, stage_rank >= coalesce(max(stage_rank) over (
    partition by goal_id order by came_at, stage_rank, content_hash rows between unbounded preceding and 1 preceding), 0) as counts
  from said),
moved as (
  select click_day, came_at, amount - coalesce(lag(amount) over (
      partition by goal_id order by came_at, stage_rank, content_hash), 0) as amount,
    case when row_number() over (partition by goal_id order by came_at, stage_rank, content_hash) = 1 then 1 else 0 end as goals
  from effective where counts
  union all
  select click_day, came_at, -amount, 0 from money where type = 'refund'),
settled as (
  select s.click_day, min(case when s.stage_rank >= 3 then s.came_at end) as came_at, max(g.amount) as amount
  from said s join goals g on g.goal_id = s.goal_id
  group by s.goal_id, s.click_day
  having bool_or(s.stage_rank in (1, 2, 5)) and bool_or(s.stage_rank >= 3)),
arrived as (
  select 'conversions' as what, conversion_kind, click_day, came_at, cast(conversions as decimal(38, 6)) as amount, 0 as goals
  from counted
  union all
  select 'revenue', null, click_day, came_at, amount, goals from moved
  union all
  select 'settlement', null, click_day, came_at, amount, 0 from settled),
aged as (
  select what, conversion_kind, click_day, amount, goals,
    greatest(cast(came_at at time zone 'UTC' at time zone $timezone as date), click_day) as came
  from arrived)
select what, conversion_kind, click_day, cast(came - click_day as integer) as age,
  cast(sum(amount) as double) as amount, cast(sum(goals) as bigint) as goals
from aged where came <= $through and came - click_day <= $age_max
group by what, conversion_kind, click_day, came - click_day
order by what, conversion_kind, click_day, age
