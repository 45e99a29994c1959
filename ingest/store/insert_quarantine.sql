-- what: keeps what could not be used, with its reason; the same body of a sender is kept once
-- grain: one row per quarantined item, or per undecodable body
-- reads: quarantine_in, refused, judged, batch
-- promise: nothing authentic is dropped
insert into quarantine
select n.sender, n.received_at, n.code, n.field, n.detail, n.id, n.item, n.disposition, n.body_hash, n.delivery_id,
  n.index
from quarantine_in n
join refused r on r.load_order = n.load_order and r.index is not distinct from n.index and r.code = n.code
where r.kind = 'quarantine' and r.fresh and not exists (
  select 1 from quarantine q
  where q.sender = n.sender and q.body_hash = n.body_hash and q.item_index is not distinct from n.index
    and q.code = n.code and (q.code <> 'damaged' or q.delivery_id = n.delivery_id))
order by n.sender, n.body_hash, n.index, n.code, n.load_order;

-- The hashes let a replay find what to give free again.
insert into quarantine
select j.sender, j.received_at, 'id_conflict', 'id', $conflict, j.id,
  to_json(struct_pack(type := j.type, id := j.id, key_hash := j.key_hash, content_hash := j.content_hash)),
  b.disposition, b.body_hash, j.delivery_id, j.index
from judged j join batch b using (load_order)
where j.verdict = 'conflict'
order by j.sender, b.body_hash, j.index, load_order;
