-- what: the journal without its bodies: all that is needed to load a delivery again, and to prove its receipt
-- grain: one row per delivery, in the order in which they were loaded
-- reads: sealing
-- promise: (load_id, received_at, delivery_id) is the order of loading
select cast(received_at as date) as archive_day, delivery_id, received_at, sender, disposition, message_id, content_type,
  body_hash, items, request, chain, segment, row, load_id, cast($seal as bigint) as seal
from sealing
