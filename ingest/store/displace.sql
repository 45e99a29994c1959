-- what: takes out rows that lost their place to items of the batch, and says so in the counts
-- grain: one row per row that is taken out
-- reads: withdrawn_now, judged
-- promise: a content that lost its key stands in the quarantine; the archive learns which rows are there no more
update judged set verdict = 'accepted'
from withdrawn_now w
where w.becomes = 'duplicate' and judged.nth = 1 and judged.kind = w.kind and judged.key_hash = w.key_hash
  and judged.content_hash = w.content_hash;

delete from interactions t using withdrawn_now w
where w.kind = 'interactions' and w.delivery_id = t.delivery_id and w.item_index = t.item_index;

delete from reports t using withdrawn_now w
where w.kind = 'reports' and w.delivery_id = t.delivery_id and w.item_index = t.item_index;

delete from settlements t using withdrawn_now w
where w.kind = 'settlements' and w.delivery_id = t.delivery_id and w.item_index = t.item_index;

delete from ads t using withdrawn_now w
where w.kind = 'ads' and w.delivery_id = t.delivery_id and w.item_index = t.item_index;

update seen set kept = false
from withdrawn_now w
where w.becomes = 'conflict' and w.key_hash = seen.key_hash and w.content_hash = seen.content_hash;

insert into displaced select delivery_id, item_index from withdrawn_now order by delivery_id, item_index;

insert into quarantine
select sender, received_at, 'id_conflict', 'id', $conflict, id,
  to_json(struct_pack(type := type, id := id, key_hash := key_hash, content_hash := content_hash)), 'accepted', '',
  delivery_id, item_index
from withdrawn_now where becomes = 'conflict' order by delivery_id, item_index;

insert into loads
select (select coalesce(max(load_id), 0) + 1 from loads), (select max(received_at) from batch), sender,
  cast(received_at as date), 0, 0, - count(*), 0, count(*) filter (becomes = 'duplicate'),
  count(*) filter (becomes = 'conflict'), 0
from withdrawn_now group by sender, cast(received_at as date);

create or replace temp table variants_out as select distinct variant_id from withdrawn_now where variant_id is not null;
