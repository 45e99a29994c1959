-- what: keeps what could not be used, with its reason; the same body of a sender is kept once
-- grain: one row per quarantined item, or per undecodable body
-- reads: quarantine_in, judged, interactions_in, batch
-- promise: nothing authentic is dropped
insert into quarantine
select distinct on (sender, body_hash, index, code)
  sender, received_at, code, field, detail, id, item, disposition, body_hash, delivery_id, index
from quarantine_in n
where not exists (
  select 1 from quarantine q
  where q.sender = n.sender and q.body_hash = n.body_hash and q.item_index is not distinct from n.index
    and q.code = n.code)
order by sender, body_hash, index, code, load_order;

insert into quarantine
select distinct on (j.sender, b.body_hash, j.index)
  j.sender, b.received_at, 'id_conflict', 'id', 'Another item with this id and other content came first.',
  j.id, to_json(struct_pack(type := j.type, id := j.id)), b.disposition, b.body_hash, b.delivery_id, j.index
from judged j join batch b using (load_order)
where j.verdict = 'conflict' and not exists (
  select 1 from quarantine q
  where q.sender = j.sender and q.body_hash = b.body_hash and q.item_index = j.index and q.code = 'id_conflict')
order by j.sender, b.body_hash, j.index, load_order;
