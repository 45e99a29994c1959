-- what: how new this file is, how much went into it, and under which settings
-- grain: one row per (version)
-- reads: record.interactions, record.reports, record.settlements, record.ads, record.loads, record.quarantine, main_kind, identified
-- promise: one row; built_at and version are set when it is published
-- refresh: whole
select
  i.newest_event, greatest(i.newest_delivery, r.newest_delivery) as newest_delivery,
  cast(null as timestamp) as built_at, cast($as_of as timestamp) as as_of, cast(null as varchar) as version,
  $timezone as timezone, $currency as currency, $kind as kind, $headline_rule as headline_rule,
  $objective as objective, cast($target as double) as target, m.kind as conversion_kind,
  cast($maturity_days as integer) as maturity_days, i.interactions, r.reports + s.settlements + a.ads as statements,
  l.deliveries, l.duplicates, c.corroborating_clicks, q.quarantined
from main_kind m  -- one row of each: more subqueries than this, and their order alone takes 30 ms to plan
cross join (
  select max(occurred_at) filter (received_at <= $received_to) as newest_event,
    max(received_at) filter (received_at <= $received_to) as newest_delivery, count(*) as interactions
  from record.interactions) i
cross join (
  select max(received_at) filter (received_at <= $received_to) as newest_delivery, count(*) as reports
  from record.reports) r
cross join (select count(*) as settlements from record.settlements) s
cross join (select count(*) as ads from record.ads where origin = 'posted') a
cross join (
  select cast(coalesce(sum(deliveries), 0) as bigint) as deliveries,
    cast(coalesce(sum(duplicates), 0) as bigint) as duplicates
  from record.loads) l
cross join (
  select cast(coalesce(sum(count), 0) as bigint) as corroborating_clicks
  from identified where type = 'click' and traffic = 'human' and not counts) c
cross join (select count(*) as quarantined from record.quarantine where disposition <> 'diagnosis') q
