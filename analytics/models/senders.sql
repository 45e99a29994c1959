-- what: every sender that ever delivered: when last, and how much
-- grain: one row per (sender)
-- reads: record.loads, record.interactions, record.reports, record.settlements, record.ads, record.quarantine, record.refusals
-- promise: every sender of data_quality's receipts stands here; what only repeated what had come moves last_day alone
-- refresh: whole
with kept as (
  select sender, max(received_at) filter (received_at <= $received_to) as newest_delivery, max(occurred_at) as newest_event
  from record.interactions group by sender
  union all select sender, max(received_at) filter (received_at <= $received_to), null from record.reports group by sender
  union all select sender, max(received_at) filter (received_at <= $received_to), null from record.settlements group by sender
  union all
  select sender, max(received_at) filter (received_at <= $received_to), null from record.ads where origin = 'posted'
  group by sender
  union all
  select sender, max(received_at) filter (received_at <= $received_to), null from record.quarantine
  where disposition <> 'diagnosis' group by sender),
newest as (
  select sender, max(newest_delivery) as newest_delivery, max(newest_event) as newest_event from kept group by sender),
came as (
  select sender, min(received_day) as first_day, max(received_day) as last_day, count(distinct received_day) as days,
    cast(sum(deliveries) as bigint) as deliveries, cast(sum(items) as bigint) as items
  from record.loads group by sender),
refused as (
  select sender, max(minute) as newest_refusal, cast(sum(deliveries) as bigint) as refusals from record.refusals
  group by sender)
select coalesce(c.sender, r.sender) as sender, n.newest_delivery, n.newest_event, c.first_day, c.last_day, c.days,
  c.deliveries, c.items, r.newest_refusal, r.refusals
from came c
full join refused r on r.sender = c.sender
left join newest n on n.sender = c.sender
