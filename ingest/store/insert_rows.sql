-- what: remembers the keys of what is inserted, and of what came and is not
-- grain: one row per content of a key, and per place of a body that was refused
-- reads: judged, refused
-- promise: an item whose key stands here as kept is in its table, in the same transaction; what comes again is known
insert into seen (key_hash, content_hash, day, kept)
select key_hash, content_hash, day, kept
from (
  select key_hash, content_hash, day, verdict <> 'conflict' as kept from judged
  where verdict in ('accepted', 'new_version', 'conflict') and judged.kept is null
  union all
  select key_hash, content_hash, day, false from refused where fresh) news
order by day, key_hash, content_hash;

delete from displaced
where exists (
  select 1 from judged j
  where j.verdict in ('accepted', 'new_version') and j.delivery_id = displaced.delivery_id
    and j.index = displaced.item_index);
