-- what: decides between contents of one key that has no versions: the one with the smallest content hash is there
-- grain: one row per contested item; one row in withdrawn_now per loaded row that loses
-- reads: judged, interactions
-- promise: the content that is there in the end depends on the contents only, not on which of them came first
create or replace temp table contested as
select load_order, index, sender, type, revenue_stage, id, key_hash, content_hash,
  min(content_hash) over (partition by key_hash, sender, type, revenue_stage, id) as best
from judged where verdict = 'contested';

-- 64 bits can collide: only the full key says that two items are the same.
create or replace temp table holders as
select i.delivery_id, i.item_index, i.sender, i.received_at, i.key_hash, i.content_hash, i.variant_id, i.type, i.id,
  i.revenue_stage
from interactions i
where i.key_hash in (select key_hash from contested) and exists (
  select 1 from contested c
  where c.key_hash = i.key_hash and c.sender = i.sender and c.type = i.type and c.id = i.id
    and c.revenue_stage is not distinct from i.revenue_stage);

update judged set verdict = d.verdict
from (
  select c.load_order, c.index,
    case when c.content_hash = c.best and (h.content_hash is null or c.best < h.content_hash) then 'accepted'
      else 'conflict' end as verdict
  from contested c
  left join holders h
    on h.key_hash = c.key_hash and h.sender = c.sender and h.type = c.type and h.id = c.id
    and h.revenue_stage is not distinct from c.revenue_stage) d
where judged.load_order = d.load_order and judged.index = d.index;

insert into withdrawn_now
select 'interactions', h.delivery_id, h.item_index, h.sender, h.received_at, h.key_hash, h.content_hash, h.variant_id,
  h.type, h.id, 'conflict'
from holders h
where exists (
  select 1 from contested c
  where c.key_hash = h.key_hash and c.sender = h.sender and c.type = h.type and c.id = h.id
    and c.revenue_stage is not distinct from h.revenue_stage and c.best < h.content_hash);
