-- what: the money of every transaction: the amount last set, and what was taken back
-- grain: one row per (key_kind, key_sender, key_value, currency)
-- reads: money_events, record_senders
-- promise: a stage replaces by rank, then time, then content, in whichever currency; refunds add up; no amount is added to another
-- refresh: rows
with kinds as (
  select key_kind, key_sender, key_value,
    min(case when type = 'ad_click' then type else coalesce(conversion_kind, 'purchase') end) as kind
  from money_events where type in ('conversion', 'ad_click') group by key_kind, key_sender, key_value),
told as (
  select
    i.key_kind, i.key_sender, i.key_value, i.type, i.sender, i.id, i.revenue, i.currency, i.stated_at, i.content_hash,
    i.revenue_stage,
    case i.revenue_stage when 'pre_estimated' then 1 when 'estimated' then 2 when 'final' then 3 when 'adjusted' then 4
      else 0 end as stage_rank, r.sender as record_sender
  from money_events i
  left join kinds k on k.key_kind = i.key_kind and k.key_sender = i.key_sender and k.key_value = i.key_value
  left join record_senders r
    on r.conversion_kind = coalesce(
      case i.type when 'ad_click' then i.type when 'conversion' then coalesce(i.conversion_kind, 'purchase') end,
      i.conversion_kind, k.kind)
  where i.revenue is not null),
-- What goes back is told by the system of record; another's word counts only where that knows the order and tells none.
by_record as (
  select key_kind, key_sender, key_value, bool_or(type = 'refund') as has_refund
  from told where record_sender = sender group by key_kind, key_sender, key_value),
money as (
  select t.*
  from told t
  left join by_record b on b.key_kind = t.key_kind and b.key_sender = t.key_sender and b.key_value = t.key_value
  where t.record_sender is null or t.record_sender = t.sender or (t.type = 'refund' and not b.has_refund)),
ranked as (
  select *, row_number() over (
    partition by key_kind, key_sender, key_value
    order by stage_rank desc, stated_at desc, content_hash desc, sender, currency) as nth
  from money where type <> 'refund'),
amounts as (
  select key_kind, key_sender, key_value, currency, revenue as amount, revenue_stage as stage, sender
  from ranked where nth = 1),
refunded as (
  select key_kind, key_sender, key_value, currency, cast(sum(revenue) as decimal(38, 6)) as refunds, min(sender) as sender
  from money where type = 'refund' group by key_kind, key_sender, key_value, currency)
select
  coalesce(a.key_kind, r.key_kind) as key_kind, coalesce(a.key_sender, r.key_sender) as key_sender,
  coalesce(a.key_value, r.key_value) as key_value,
  coalesce(a.currency, r.currency) as currency, coalesce(a.sender, r.sender) as sender,
  coalesce(a.amount, 0) as amount, coalesce(r.refunds, 0) as refunds,
  a.stage, coalesce(a.stage in ('final', 'adjusted'), true) as settled
from amounts a
full join refunded r
  on r.key_kind = a.key_kind and r.key_sender = a.key_sender and r.key_value = a.key_value
  and r.currency = a.currency
