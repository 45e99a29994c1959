-- what: deliveries and items whose rows of earlier seals count no more: replayed, or displaced by another content
-- grain: one row per (delivery, item); item_index is null where the whole delivery is meant
-- reads: touched
-- promise: what counts instead stands in the same seal or a later one
select cast($now as date) as archive_day, delivery_id, item_index, cast($seal as bigint) as seal from touched
