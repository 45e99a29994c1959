-- what: judges every item of the batch: accepted, duplicate, new_version, conflict
-- grain: one row per item of the batch
-- reads: interactions_in, reports_in, settlements_in, ads_in, seen, interactions
-- promise: an item is a duplicate when its key and its content were seen; other content is a version or a conflict
create or replace temp table keyed as
select load_order, index, sender, key_hash, content_hash, type in ('revenue', 'conversion', 'ad_click', 'refund') as versioned,
       cast(occurred_at as date) as day, type, revenue_stage, id
from interactions_in
union all
select load_order, index, sender, key_hash, content_hash, true, day, 'report', null, id from reports_in
union all
select load_order, index, sender, key_hash, content_hash, true, day, 'settlement', null, id from settlements_in
union all
select load_order, index, sender, key_hash, content_hash, true, cast(valid_from as date), 'ad', null, id from ads_in;

create or replace temp table hits as
select distinct s.key_hash, s.content_hash from seen s semi join keyed k on s.key_hash = k.key_hash;

create or replace temp table judged as
with ranked as (
  select *,
    row_number() over (partition by key_hash, content_hash order by load_order, index) as nth,
    first_value(content_hash) over (partition by key_hash order by load_order, index) as first_content
  from keyed),
known as (select key_hash, true as known from hits group by key_hash)
select r.load_order, r.index, r.sender, r.key_hash, r.content_hash, r.day, r.type, r.revenue_stage, r.id,
  case
    when h.key_hash is not null then 'duplicate'
    when not r.versioned and (k.known or r.content_hash <> r.first_content) then 'conflict'
    when r.nth > 1 then 'duplicate'
    when k.known or r.content_hash <> r.first_content then 'new_version'
    else 'accepted' end as verdict
from ranked r
left join hits h on h.key_hash = r.key_hash and h.content_hash = r.content_hash
left join known k on k.key_hash = r.key_hash;

-- 64 bits can collide: a conflict counts only where the full key is really there already.
update judged set verdict = 'accepted'
where verdict = 'conflict'
  and not exists (
    select 1 from interactions i
    where i.key_hash = judged.key_hash and i.sender = judged.sender and i.type = judged.type and i.id = judged.id
      and i.revenue_stage is not distinct from judged.revenue_stage)
  and not exists (
    select 1 from keyed i
    where i.key_hash = judged.key_hash and i.sender = judged.sender and i.type = judged.type and i.id = judged.id
      and i.content_hash <> judged.content_hash);
