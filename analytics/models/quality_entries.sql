-- what: every problem of what was received or of what is in force, by sender and day, before it is added up
-- grain: one row per (sender, day, day_basis, kind, detail)
-- reads: record.loads, record.quarantine, record.refusals, quality_events, money_ledger
-- promise: day_basis says whose day: received (UTC, when it came) or event (reporting day, when it happened)
-- refresh: whole
with arrived as (
  select sender, received_day as day, k.kind,
    case k.kind when 'received' then items when 'accepted' then accepted + new_versions when 'duplicates' then duplicates
      when 'quarantined' then quarantined else ignored end as items
  from record.loads
  cross join (
    select 'received' as kind union all select 'accepted' union all select 'duplicates' union all select 'quarantined'
    union all select 'ignored') k),
entries as (
  select sender, day, 'received' as day_basis, kind, cast(null as varchar) as detail, items, cast(0 as decimal(38, 6)) as revenue,
    cast(0 as decimal(38, 6)) as cost
  from arrived
  union all
  select sender, cast(received_at as date), 'received', 'in_quarantine', code, 1, 0, 0
  from record.quarantine where disposition <> 'diagnosis'
  union all
  select sender, cast(minute as date), 'received', 'refused', code, deliveries, 0, 0 from record.refusals
  union all
  select sender, day, day_basis, kind, detail, items, revenue, cost from quality_events
  union all
  select sender, day, 'event', 'unplaced_spend', bucket, 0, 0, amount from money_ledger
  where side = 'spend' and bucket in ('campaign_only', 'unmatched') and currency = $currency
  union all
  -- In the currency that `detail` names.
  select sender, day, 'event', 'unconverted', currency, 0, case when side = 'revenue' then amount else 0 end,
    case when side = 'spend' then amount else 0 end
  from money_ledger where bucket = 'unconverted'
  union all
  select sender, day, 'event', 'duplicate_report', null, 0, 0, amount from money_ledger
  where side = 'spend_duplicate' and bucket = 'duplicate_report' and currency = $currency)
select sender, day, day_basis, kind, detail, cast(sum(items) as bigint) as items,
  cast(sum(revenue) as decimal(38, 6)) as revenue, cast(sum(cost) as decimal(38, 6)) as cost
from entries
group by sender, day, day_basis, kind, detail
having sum(items) <> 0 or sum(revenue) <> 0 or sum(cost) <> 0
