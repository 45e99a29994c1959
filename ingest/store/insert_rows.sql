-- what: remembers the keys of what is inserted
-- grain: one row per accepted item
-- reads: judged
-- promise: an item whose key stands here is in its table, in the same transaction
insert into seen (key_hash, content_hash, day)
select key_hash, content_hash, day from judged where verdict in ('accepted', 'new_version') order by day, key_hash;
