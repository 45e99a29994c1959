-- what: judges every item of the batch: accepted, duplicate, new_version, contested
-- grain: one row per item of the batch
-- reads: batch, interactions_in, reports_in, settlements_in, ads_in, seen
-- promise: an item is a duplicate when its key and its content were seen; other content is a version, or is contested
create or replace temp table keyed as
select load_order, index, sender, received_at, delivery_id, 'interactions' as kind, key_hash, content_hash,
  type in ('revenue', 'conversion', 'ad_click', 'refund') as versioned, cast(occurred_at as date) as day, type,
  revenue_stage, id
from interactions_in
union all
select load_order, index, sender, received_at, delivery_id, 'reports', key_hash, content_hash, true, day, 'report',
  null, id
from reports_in
union all
select load_order, index, sender, received_at, delivery_id, 'settlements', key_hash, content_hash, true, day,
  'settlement', null, id
from settlements_in
union all
select load_order, index, sender, received_at, delivery_id, 'ads', key_hash, content_hash, true,
  cast(valid_from as date), 'ad', null, id
from ads_in;

create or replace temp table hits as
select s.key_hash, s.content_hash, bool_or(s.kept) as kept
from seen s semi join keyed k on s.key_hash = k.key_hash group by s.key_hash, s.content_hash;

create or replace temp table judged as
with ranked as (
  select k.*, h.kept,
    row_number() over (partition by k.key_hash, k.content_hash order by k.load_order, k.index) as nth,
    first_value(k.content_hash) over (partition by k.key_hash order by k.load_order, k.index) as first_content
  from keyed k left join hits h on h.key_hash = k.key_hash and h.content_hash = k.content_hash),
known as (select key_hash, true as known from hits where kept group by key_hash),
rivals as (
  select key_hash from ranked where kept is null and not versioned
  group by key_hash having min(content_hash) <> max(content_hash))
select r.*,
  case
    when r.kept is not null or r.nth > 1 then 'duplicate'
    when not r.versioned then
      case when k.known or r.key_hash in (select key_hash from rivals) then 'contested' else 'accepted' end
    when k.known or r.content_hash <> r.first_content then 'new_version'
    else 'accepted' end as verdict
from ranked r left join known k on k.key_hash = r.key_hash;
