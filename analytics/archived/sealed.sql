-- what: rows of one kind that count as of a seal: not withdrawn by a later one, for they were replayed or displaced
-- grain: one row per (delivery_id, item_index)
-- reads: archive_rows.kind, archive_rows.withdrawn, archive_reach
-- promise: nothing that was sealed after this version was published; no WITH: a question through one reads every column
select r.*
from archive_rows.kind r
left join (
  select delivery_id, max(seal) as seal from archive_rows.withdrawn
  where item_index is null and seal <= (select seal from archive_reach) group by delivery_id) d
  on d.delivery_id = r.delivery_id
left join (
  select delivery_id, item_index, max(seal) as seal from archive_rows.withdrawn
  where item_index is not null and seal <= (select seal from archive_reach) group by delivery_id, item_index) g
  on g.delivery_id = r.delivery_id and g.item_index = r.item_index
where r.seal <= (select seal from archive_reach) and coalesce(d.seal, 0) <= r.seal and coalesce(g.seal, 0) <= r.seal
