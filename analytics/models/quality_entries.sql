-- what: every problem of what was received or of what is in force, by sender and day, before it is added up
-- grain: one row per (sender, day, day_basis, kind, detail)
-- reads: record.loads, record.quarantine, record.refusals, record.interactions, events, identified, texts, goals, click_costs, money_events, money_ledger, told, uncredited, windows
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
-- An id of several money stages is one item.
items as (
  select sender, type, id, min(day) as day, min(traffic) as traffic,
    max(case when epoch_us(received_at) - occurred_us > greatest($maturity_days, 1) * 86400000000 then 1 else 0 end) as is_late
  from identified group by sender, type, id),
texted as (
  select i.sender, i.type, i.id, i.day, coalesce(t.status, 'missing') as status
  from identified i
  join events e
    on e.sender = i.sender and e.type = i.type and e.id = i.id and e.revenue_stage is not distinct from i.revenue_stage
  left join texts t on t.variant_id = e.variant_id
  where i.type in ('click', 'impression') and i.traffic = 'human' and i.creative_id is null),
own_costs as (
  select sender, type, id, sum(cost) as cost from click_costs where cost <> 0
  group by sender, type, id),
valued as (
  select i.*, coalesce(g.amount - g.refunds, 0) as revenue, coalesce(c.cost, 0) as cost
  from items i
  left join goals g on g.sender = i.sender and g.type = i.type and g.id = i.id
  left join own_costs c on c.sender = i.sender and c.type = i.type and c.id = i.id),
again as (
  select distinct m.sender, m.type, m.id, m.day
  from money_events m
  left join goals g on g.sender = m.sender and g.type = m.type and g.id = m.id
  where m.type in ('conversion', 'ad_click') and m.traffic = 'human' and g.goal_id is null
  union
  select sender, type, id, day from identified where not counts and traffic = 'human'),
-- What ids were taken off because they identify nothing stands in the properties.
scrubbed as (
  select sender, key_hash, field, cast(occurred_at at time zone 'UTC' at time zone $timezone as date) as day
  from (
    select i.sender, i.key_hash, i.occurred_at, f.field, case f.field
      when 'click_id' then json_extract_string(i.properties, '$.click_id')
      when 'visitor_id' then json_extract_string(i.properties, '$.visitor_id')
      when 'transaction_id' then json_extract_string(i.properties, '$.transaction_id')
      when 'account_id' then json_extract_string(i.properties, '$.account_id')
      when 'campaign_id' then json_extract_string(i.properties, '$.campaign_id')
      when 'adset_id' then json_extract_string(i.properties, '$.adset_id')
      else json_extract_string(i.properties, '$.ad_id') end as value
    from record.interactions i
    cross join (
      select 'click_id' as field union all select 'visitor_id' union all select 'transaction_id'
      union all select 'account_id' union all select 'campaign_id' union all select 'adset_id' union all select 'ad_id') f
    where strpos(i.properties, f.field) > 0 and i.received_at <= $received_to and i.traffic <> 'test') looked
  where value is not null),
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
  select sender, day, 'event', 'interactions', null, 1, revenue, cost from valued
  union all
  select sender, day, 'event', 'late', null, 1, revenue, cost from valued where is_late = 1 and traffic <> 'test'
  union all
  select sender, day, 'event', 'non_human', traffic, 1, revenue, cost from valued where traffic <> 'human'
  union all
  select t.sender, t.day, 'event', 'no_identity', t.status, 1, 0, coalesce(c.cost, 0)
  from texted t left join own_costs c on c.sender = t.sender and c.type = t.type and c.id = t.id
  union all
  select sender, booked_day, 'event', 'no_click', case when click_id is null then 'no_click_id' else 'click_unknown' end,
    case when type in ('conversion', 'ad_click') then 1 else 0 end, amount - refunds, 0
  from goals where traffic = 'human' and not has_click
  union all
  select sender, day, 'event', 'corroborated', type, 1, 0, 0 from again
  union all
  select sender, day, 'event', 'corroborated', 'revenue', 0, told, 0 from told
  where measure = 'revenue' and is_repeat and is_human and currency = $currency
  union all
  select sender, day, 'event', 'unfilled_id', field, 1, 0, 0
  from (select distinct sender, day, field, key_hash from scrubbed) s
  union all
  select g.sender, g.booked_day, 'event', 'unattributable', u.cause, g.conversions, g.amount - g.refunds, 0
  from uncredited u
  join windows w on w.window_days = u.window_days and w.headline
  join goals g on g.goal_id = u.goal_id
  where u.rule = $headline_rule
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
