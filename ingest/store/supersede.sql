-- what: takes out what deliveries became that are replayed in this batch, as if they had never been read before
-- grain: one row per superseded delivery
-- reads: batch, superseded, positions, interactions, reports, settlements, ads, quarantine, seen
-- promise: whichever of the two is loaded first, only the replay's rows are there in the end, and the counts say so
insert into superseded
select distinct replays from batch where replays <> '' and replays not in (select delivery_id from superseded);

create or replace temp table rows_out as
select 'interactions' as kind, delivery_id, key_hash, content_hash, variant_id from interactions
where delivery_id in (select replays from batch)
union all
select 'reports', delivery_id, key_hash, content_hash, null from reports
where delivery_id in (select replays from batch)
union all
select 'settlements', delivery_id, key_hash, content_hash, null from settlements
where delivery_id in (select replays from batch)
union all
select 'ads', delivery_id, key_hash, content_hash, variant_id from ads
where delivery_id in (select replays from batch)
union all
select 'conflict', delivery_id, cast(item ->> 'key_hash' as bigint), cast(item ->> 'content_hash' as bigint), null
from quarantine where code = 'id_conflict' and delivery_id in (select replays from batch);

create or replace temp table variants_out as select distinct variant_id from rows_out where variant_id is not null;

-- What was quarantined or ignored is known by its body, and counted once however many deliveries brought it: the first
-- of them that is replayed gives it free, the others were duplicates.
create or replace temp table bodies_out as
select b.load_order, kind,
  cast('0x' || sha256(kind || chr(10) || b.sender || chr(10) || b.body_hash)[1:15] as bigint) as key_hash
from (
  select batch.*, row_number() over (partition by sender, body_hash order by load_order) as nth
  from batch join positions p on p.segment = replayed_segment and p.row >= replayed_row where replays <> '') b,
  (values ('quarantine'), ('ignored')) kinds (kind)
where b.nth = 1;

create or replace temp table held as
select o.load_order, count(*) filter (o.kind = 'quarantine') as refused, count(*) filter (o.kind = 'ignored') as ignored
from bodies_out o join seen s on s.key_hash = o.key_hash and not s.kept group by o.load_order;

delete from seen
where exists (select 1 from rows_out o where o.key_hash = seen.key_hash and o.content_hash = seen.content_hash)
  or (not kept and key_hash in (select key_hash from bodies_out));

delete from interactions where delivery_id in (select replays from batch);

delete from reports where delivery_id in (select replays from batch);

delete from settlements where delivery_id in (select replays from batch);

delete from ads where delivery_id in (select replays from batch);

delete from quarantine where delivery_id in (select replays from batch);

-- What was loaded is taken out of the counts; what was not yet never comes into them.
insert into loads
select (select coalesce(max(load_id), 0) + 1 from loads), (select max(received_at) from batch), b.sender,
  cast(b.received_at as date), 0, - sum(b.replayed_items), - sum(coalesce(o.rows_there, 0)), 0,
  - sum(b.replayed_items - coalesce(h.ignored + h.refused, 0) - coalesce(o.rows_there + o.conflicts, 0)),
  - sum(coalesce(h.refused, 0) + coalesce(o.conflicts, 0)), - sum(coalesce(h.ignored, 0))
from batch b
join positions p on p.segment = b.replayed_segment and p.row >= b.replayed_row
left join (
  select delivery_id, count(*) filter (kind <> 'conflict') as rows_there,
    count(*) filter (kind = 'conflict') as conflicts
  from rows_out group by delivery_id) o on o.delivery_id = b.replays
left join held h on h.load_order = b.load_order
where b.replays <> '' group by b.sender, cast(b.received_at as date);

update batch set instead = '{}', names = [] where delivery_id in (select delivery_id from superseded);
