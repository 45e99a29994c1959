-- what: takes out what deliveries became that are replayed in this batch, as if they had never been read before
-- grain: one row per superseded delivery
-- reads: batch, superseded, interactions, reports, settlements, ads, quarantine, texts_seen
-- promise: whichever of the two is loaded first, only the replay's rows are there in the end, and the counts say so
insert into superseded
select distinct replays from batch where replays <> '' and replays not in (select delivery_id from superseded);

create or replace temp table rows_out as
select 'interactions' as kind, delivery_id, sender, received_at, key_hash, content_hash, variant_id from interactions
where delivery_id in (select replays from batch)
union all
select 'reports', delivery_id, sender, received_at, key_hash, content_hash, null from reports
where delivery_id in (select replays from batch)
union all
select 'settlements', delivery_id, sender, received_at, key_hash, content_hash, null from settlements
where delivery_id in (select replays from batch)
union all
select 'ads', delivery_id, sender, received_at, key_hash, content_hash, variant_id from ads
where delivery_id in (select replays from batch)
union all
select 'conflict', delivery_id, sender, received_at, null, null, null from quarantine
where code = 'id_conflict' and delivery_id in (select replays from batch);

delete from seen
where exists (
  select 1 from rows_out o where o.key_hash = seen.key_hash and o.content_hash = seen.content_hash);

delete from interactions where delivery_id in (select replays from batch);

delete from reports where delivery_id in (select replays from batch);

delete from settlements where delivery_id in (select replays from batch);

delete from ads where delivery_id in (select replays from batch);

delete from quarantine where delivery_id in (select replays from batch);

-- What was loaded is taken out of the counts; what was not yet never comes into them.
insert into loads
select (select coalesce(max(load_id), 0) + 1 from loads), (select max(received_at) from batch), b.sender,
  cast(b.received_at as date), 0, - sum(b.replayed_items), - sum(coalesce(o.rows_there, 0)), 0,
  - sum(b.replayed_items - b.replayed_ignored - b.replayed_refused - coalesce(o.rows_there + o.conflicts, 0)),
  - sum(b.replayed_refused + coalesce(o.conflicts, 0)), - sum(b.replayed_ignored)
from batch b
join positions p on p.segment = b.replayed_segment and p.row >= b.replayed_row
left join (
  select delivery_id, count(*) filter (kind <> 'conflict') as rows_there,
    count(*) filter (kind = 'conflict') as conflicts
  from rows_out group by delivery_id) o on o.delivery_id = b.replays
where b.replays <> '' group by b.sender, cast(b.received_at as date);

delete from texts_seen where variant_id in (select variant_id from rows_out);

insert into texts_seen
select variant_id, sender, network, account_id, ad_id, min(first_seen)
from (
  select variant_id, sender, network, account_id, ad_id, occurred_at as first_seen from interactions
  where traffic <> 'test'
  union all
  select variant_id, sender, network, account_id, ad_id,
    case when valid_from > timestamp '2000-01-01' then valid_from else received_at end
  from ads where origin = 'posted') found
where variant_id in (select variant_id from rows_out)
group by variant_id, sender, network, account_id, ad_id
order by 1, 2, 3, 4, 5;

delete from creative_variants
where variant_id in (select variant_id from rows_out) and variant_id not in (select variant_id from texts_seen);

update creative_variants v set first_seen = t.first_seen
from (select variant_id, min(first_seen) as first_seen from texts_seen group by variant_id) t
where v.variant_id = t.variant_id and v.variant_id in (select variant_id from rows_out);

update batch set items = '{}' where delivery_id in (select delivery_id from superseded);
