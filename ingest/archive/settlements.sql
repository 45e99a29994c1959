-- what: settlements, every version
-- grain: one row per version of a key
-- reads: settlements, sealing, touched
-- promise: a row counts unless `withdrawn` names it with a later seal
select cast(k.received_at as date) as archive_day, k.*, cast($seal as bigint) as seal
from settlements k where k.received_at between $first and $last
  and (k.delivery_id in (select delivery_id from sealing)
    or exists (select 1 from touched t where t.delivery_id = k.delivery_id and t.item_index = k.item_index))
