-- what: every problem of the events in force, by sender and day, and how many there are, before it is added up
-- grain: one row per (sender, day, day_basis, kind, detail)
-- reads: record.interactions, events, identified, texts, goals, click_costs, money_events, told, uncredited, credit_scopes, windows
-- promise: what hangs on single events; amounts and items only add up, so a day moves by what is new of it
-- refresh: sums
with items as (  -- an id of several money stages is one item
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
  select sender, day, 'event' as day_basis, 'interactions' as kind, cast(null as varchar) as detail, 1 as items,
    cast(revenue as decimal(38, 6)) as revenue, cast(cost as decimal(38, 6)) as cost
  from valued
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
  join goals g on g.goal_id = u.goal_id
  left join (select distinct conversion_kind from windows) o on o.conversion_kind = g.kind
  join credit_scopes w
    on w.conversion_kind = coalesce(o.conversion_kind, '*') and w.window_days = u.window_days
    and w.touch_types = u.touch_types and w.headline
  where u.journey_read = $headline_rule)
select sender, day, day_basis, kind, detail, cast(sum(items) as bigint) as items,
  cast(sum(revenue) as decimal(38, 6)) as revenue, cast(sum(cost) as decimal(38, 6)) as cost
from entries
group by sender, day, day_basis, kind, detail
having sum(items) <> 0 or sum(revenue) <> 0 or sum(cost) <> 0
