-- what: judges what the batch quarantines and ignores: fresh, or the same place of the same body again
-- grain: one row per quarantined or ignored item, or undecodable body
-- reads: quarantine_in, ignored_in, seen
-- promise: a repeated body adds nothing but duplicates, also where the quarantine has let go of the first one
create or replace temp table refused as
with said as (
  select load_order, index, 'quarantine' as kind, code, sender, received_at, body_hash,
    code || case when code = 'damaged' then ' ' || delivery_id else '' end as what
  from quarantine_in
  union all
  select load_order, index, 'ignored', 'ignored', sender, received_at, body_hash, 'ignored' from ignored_in),
keyed as (
  select *, cast('0x' || sha256(kind || chr(10) || sender || chr(10) || body_hash)[1:15] as bigint) as key_hash,
    cast('0x' || sha256(coalesce(cast(index as varchar), '') || chr(10) || what)[1:15] as bigint) as content_hash
  from said)
select k.load_order, k.index, k.kind, k.code, k.key_hash, k.content_hash, cast(k.received_at as date) as day,
  h.key_hash is null
    and row_number() over (partition by k.key_hash, k.content_hash order by k.load_order, k.index) = 1 as fresh
from keyed k
left join (
  select s.key_hash, s.content_hash from seen s semi join keyed k on s.key_hash = k.key_hash) h
  on h.key_hash = k.key_hash and h.content_hash = k.content_hash;
