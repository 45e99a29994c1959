-- what: every raw text that was seen, the creative it counts as, and how often it came
-- grain: one row per (variant_id)
-- reads: texts, text_days, record.creative_variants
-- promise: raw texts as they were sent; creative_id is NULL where the text is no text; tests are nowhere
-- refresh: whole
with came as (
  select variant_id, min(first_seen) as first_seen, max(last_seen) as last_seen,
    cast(sum(interactions) as bigint) as interactions, cast(sum(non_human) as bigint) as non_human,
    count(distinct ad_id) as ads, list_sort(list(distinct sender)) as senders
  from text_days where variant_id is not null group by variant_id)
select v.variant_id, t.creative_id, v.creative_raw, v.status, v.flags, coalesce(c.first_seen, v.first_seen) as first_seen,
  c.last_seen, coalesce(c.interactions, 0) as interactions, coalesce(c.non_human, 0) as non_human,
  coalesce(c.ads, 0) as ads, c.senders
from record.creative_variants v
join texts t on t.variant_id = v.variant_id
left join came c on c.variant_id = v.variant_id
