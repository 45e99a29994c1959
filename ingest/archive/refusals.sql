-- what: requests that were turned away, counted
-- grain: one row per (segment, minute, sender, code)
-- reads: refusals_sealing
-- promise: row is the last counted row of its segment that went into it
select cast(minute as date) as archive_day, segment, max(row) as row, minute, sender, code,
  cast(sum(deliveries) as bigint) as deliveries, cast(sum(bytes) as bigint) as bytes, cast($seal as bigint) as seal
from refusals_sealing group by segment, minute, sender, code
