-- what: what could not be used, with its reason
-- grain: one row per quarantined item, or per undecodable body (item_index is null)
-- reads: quarantine, sealing, touched
-- promise: a row counts unless `withdrawn` names it with a later seal
select cast(k.received_at as date) as archive_day, k.*, cast($seal as bigint) as seal
from quarantine k
where k.received_at between $first and $last
  and (k.delivery_id in (select delivery_id from sealing)
    or exists (select 1 from touched t where t.delivery_id = k.delivery_id and t.item_index = k.item_index))
