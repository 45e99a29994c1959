-- What of the record came after the newest step: received later, or loaded later (it waited in the journal).
-- A replay keeps the moment of receipt; `again` says that the key had another content before.
create or replace table history_fresh as
with late as (
  select delivery_id from record.pending where load_id > $load_id),
rows_all as (
  select 'interaction' as kind, type, sender, revenue_stage, id, key_hash, content_hash, received_at, delivery_id, day,
    network, campaign_id, ad_id
  from (select *, cast(null as date) as day from record.interactions) i
  union all
  select 'report', level, sender, null, null, key_hash, content_hash, received_at, delivery_id, day, network, campaign_id,
    ad_id from record.reports
  union all
  select 'settlement', 'settlement', sender, null, null, key_hash, content_hash, received_at, delivery_id, day, null,
    campaign_id, ad_id from record.settlements
  union all
  select 'ad', 'ad', sender, null, null, key_hash, content_hash, received_at, delivery_id, null, network, campaign_id,
    ad_id from record.ads where origin = 'posted'),
told as (
  select r.*, r.received_at > $received_to or l.delivery_id is not null as is_fresh
  from rows_all r left join late l on l.delivery_id = r.delivery_id),
before as (
  select distinct kind, sender, key_hash from told
  where not is_fresh and key_hash in (select key_hash from told where is_fresh))
select t.kind, t.type, t.sender, t.revenue_stage, t.id, t.key_hash, t.day, t.network, t.campaign_id, t.ad_id,
  b.key_hash is not null as again, $replayed and t.received_at <= $received_to as replayed
from told t
left join before b on b.kind = t.kind and b.sender = t.sender and b.key_hash = t.key_hash
where t.is_fresh
