-- what: every sender, configured or heard of, with its last delivery and how much it sends
-- grain: one row per (sender)
-- reads: senders, record.interactions, record.reports, record.settlements, record.ads, record.quarantine, record.loads, record.refusals
-- promise: items = accepted + duplicates + quarantined + ignored; the hour and the days end at freshness.as_of; duplicates have no hour
-- refresh: whole
with came as (
  select sender, received_at, occurred_at as event_at, 1 as items from record.interactions
  where received_at <= $received_to
  union all
  select sender, received_at, null, 1 from record.reports where received_at <= $received_to
  union all
  select sender, received_at, null, 1 from record.settlements where received_at <= $received_to
  union all
  select sender, received_at, null, 1 from record.ads where origin = 'posted' and received_at <= $received_to
  union all
  select sender, received_at, null, 1 from record.quarantine where received_at <= $received_to),
kept as (
  select sender, max(received_at) as last_delivery, max(event_at) as last_event,
    sum(case when received_at > cast($as_of as timestamp) - interval 1 hour then items else 0 end) as items_last_hour,
    sum(case when received_at > cast($as_of as timestamp) - interval 1 day then items else 0 end) as items_last_day,
    sum(case when received_at > cast($as_of as timestamp) - interval 2 day
      and received_at <= cast($as_of as timestamp) - interval 1 day then items else 0 end) as items_day_before
  from came group by sender),
loaded as (
  select sender, received_day as day, sum(deliveries) as deliveries, sum(items) as items,
    sum(accepted + new_versions) as accepted, sum(duplicates) as duplicates, sum(quarantined) as quarantined,
    sum(ignored) as ignored
  from record.loads group by sender, received_day),
ever as (
  select sender, min(day) as first_day, max(day) as last_day, count(*) as days, sum(deliveries) as deliveries,
    sum(items) as items, sum(accepted) as accepted, sum(duplicates) as duplicates, sum(quarantined) as quarantined,
    sum(ignored) as ignored
  from loaded group by sender),
-- On a day on which nobody delivered anything it was not this sender that was silent.
usual as (
  select e.sender, median(coalesce(l.items, 0)) as items, count(*) as days
  from ever e
  join (select distinct day from loaded) d
    on d.day > e.first_day and d.day < cast($as_of as date) and d.day >= cast($as_of as date) - 28
  left join loaded l on l.sender = e.sender and l.day = d.day
  group by e.sender),
turned_away as (
  select sender, sum(deliveries) as refused, max(minute) as last_refusal from record.refusals group by sender),
names as (select sender from senders union select sender from ever union select sender from turned_away)
select n.sender, s.profile, s.role, k.last_delivery, k.last_event, e.first_day, e.last_day,
  cast(coalesce(e.days, 0) as bigint) as days, cast(coalesce(e.deliveries, 0) as bigint) as deliveries,
  cast(coalesce(e.items, 0) as bigint) as items, cast(coalesce(e.accepted, 0) as bigint) as accepted,
  cast(coalesce(e.duplicates, 0) as bigint) as duplicates, cast(coalesce(e.quarantined, 0) as bigint) as quarantined,
  cast(coalesce(e.ignored, 0) as bigint) as ignored, cast(coalesce(r.refused, 0) as bigint) as refused, r.last_refusal,
  cast(coalesce(k.items_last_hour, 0) as bigint) as items_last_hour,
  cast(coalesce(k.items_last_day, 0) as bigint) as items_last_day,
  cast(coalesce(k.items_day_before, 0) as bigint) as items_day_before,
  case when u.days >= 3 then cast(u.items as double) end as usual_day_items
from names n
left join senders s on s.sender = n.sender
left join kept k on k.sender = n.sender
left join ever e on e.sender = n.sender
left join usual u on u.sender = n.sender
left join turned_away r on r.sender = n.sender
