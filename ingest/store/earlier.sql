-- what: finds rows of one table of which the batch brings the same content in a delivery that was received earlier
-- grain: one row in withdrawn_now per such row
-- reads: judged, the table itself
-- promise: of equal contents the one that was received first is there, in whatever order they are loaded
insert into withdrawn_now
select '{kind}', i.delivery_id, i.item_index, i.sender, i.received_at, i.key_hash, i.content_hash, {variant}, j.type, j.id,
  'duplicate'
from {kind} i
join judged j on j.key_hash = i.key_hash and j.content_hash = i.content_hash
where j.kind = '{kind}' and j.kept and j.nth = 1 and i.received_at >= $floor
  and (j.received_at, j.delivery_id, j.index) < (i.received_at, i.delivery_id, i.item_index)
  and not exists (select 1 from withdrawn_now w where w.delivery_id = i.delivery_id and w.item_index = i.item_index);
