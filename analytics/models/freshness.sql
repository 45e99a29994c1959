-- what: how new this file is, how much went into it, and under which settings
-- grain: one row per (version)
-- reads: record.interactions, record.reports, record.settlements, record.ads, record.loads, record.quarantine, main_kind, identified
-- promise: one row; built_at and version are set when it is published
-- refresh: whole
select
  (select max(occurred_at) from record.interactions where received_at <= $received_to) as newest_event,
  (select max(received_at) from (
    select received_at from record.interactions union all select received_at from record.reports) received
    where received_at <= $received_to) as newest_delivery,
  cast(null as timestamp) as built_at, cast($as_of as timestamp) as as_of, cast(null as varchar) as version,
  $timezone as timezone, $currency as currency, $kind as kind, $headline_rule as headline_rule,
  $objective as objective, cast($target as double) as target, m.kind as conversion_kind,
  cast($maturity_days as integer) as maturity_days, (select count(*) from record.interactions) as interactions,
  (select count(*) from record.reports) + (select count(*) from record.settlements)
    + (select count(*) from record.ads where origin = 'posted') as statements,
  (select cast(coalesce(sum(deliveries), 0) as bigint) from record.loads) as deliveries,
  (select cast(coalesce(sum(duplicates), 0) as bigint) from record.loads) as duplicates,
  (select cast(coalesce(sum(count), 0) as bigint) from identified
    where type = 'click' and traffic = 'human' and not counts) as corroborating_clicks,
  (select count(*) from record.quarantine where disposition <> 'diagnosis') as quarantined
from main_kind m
