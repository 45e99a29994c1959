-- what: counts what became of the batch
-- grain: one row per batch, sender and day of receipt
-- reads: batch, judged, quarantine_in, ignored_in
-- promise: items = accepted + new_versions + duplicates + quarantined + ignored
insert into loads
select
  (select coalesce(max(load_id), 0) + 1 from loads), (select max(received_at) from batch), b.sender,
  cast(b.received_at as date), count(*),
  coalesce(sum(j.items), 0) + coalesce(sum(q.items), 0) + coalesce(sum(g.items), 0), coalesce(sum(j.accepted), 0),
  coalesce(sum(j.new_versions), 0), coalesce(sum(j.duplicates), 0),
  coalesce(sum(j.conflicts), 0) + coalesce(sum(q.items), 0), coalesce(sum(g.items), 0)
from batch b
left join (
  select load_order, count(*) as items, count(*) filter (verdict = 'accepted') as accepted,
    count(*) filter (verdict = 'new_version') as new_versions,
    count(*) filter (verdict = 'duplicate') as duplicates, count(*) filter (verdict = 'conflict') as conflicts
  from judged group by load_order) j using (load_order)
left join (select load_order, count(*) as items from quarantine_in group by load_order) q using (load_order)
left join (select load_order, count(*) as items from ignored_in group by load_order) g using (load_order)
group by b.sender, cast(b.received_at as date);
