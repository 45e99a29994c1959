-- what: interactions, with the text as it was sent
-- grain: one row per version of an item
-- reads: interactions, creative_variants, sealing, touched
-- promise: a row counts unless `withdrawn` names it with a later seal
select cast(k.received_at as date) as archive_day, k.*, v.creative_raw, cast($seal as bigint) as seal
from interactions k
left join creative_variants v on v.variant_id = k.variant_id
where k.received_at between $first and $last
  and (k.delivery_id in (select delivery_id from sealing)
    or exists (select 1 from touched t where t.delivery_id = k.delivery_id and t.item_index = k.item_index))
