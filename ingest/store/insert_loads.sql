-- what: counts what became of the batch
-- grain: one row per batch, sender and day of receipt
-- reads: batch, judged, refused
-- promise: items = accepted + new_versions + duplicates + quarantined + ignored
insert into loads
select
  (select coalesce(max(load_id), 0) + 1 from loads), (select max(received_at) from batch), b.sender,
  cast(b.received_at as date), count(*),
  coalesce(sum(j.items), 0) + coalesce(sum(r.items), 0), coalesce(sum(j.accepted), 0),
  coalesce(sum(j.new_versions), 0), coalesce(sum(j.duplicates), 0) + coalesce(sum(r.duplicates), 0),
  coalesce(sum(j.conflicts), 0) + coalesce(sum(r.quarantined), 0), coalesce(sum(r.ignored), 0)
from batch b
left join (
  select load_order, count(*) as items, count(*) filter (verdict = 'accepted') as accepted,
    count(*) filter (verdict = 'new_version') as new_versions,
    count(*) filter (verdict = 'duplicate') as duplicates, count(*) filter (verdict = 'conflict') as conflicts
  from judged group by load_order) j using (load_order)
left join (
  select load_order, count(*) as items, count(*) filter (not fresh) as duplicates,
    count(*) filter (fresh and kind = 'quarantine') as quarantined,
    count(*) filter (fresh and kind = 'ignored') as ignored
  from refused group by load_order) r using (load_order)
group by b.sender, cast(b.received_at as date);
