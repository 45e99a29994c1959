-- what: of each key that has several versions, which one counts, and the moment of the first
-- grain: one row per key_hash
-- reads: sealed.interactions
-- promise: the newest counts, on the moment of the first, as analytics/models/events.sql has it; asked once a seal and not by every question, for it reads all days
select
  key_hash, min(occurred_at) as first_at, max(struct_pack(
    rank_us := case when repeats = 'ignore' and count > 0 then - epoch_us(stated_at) else epoch_us(stated_at) end,
    content_hash := content_hash)).content_hash as content_hash
from sealed.interactions
where list_contains($versioned, type) and key_hash in (
  select key_hash from sealed.interactions where list_contains($versioned, type) group by key_hash having count(*) > 1)
group by key_hash
