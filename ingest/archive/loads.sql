-- what: what became of the deliveries of a seal, counted
-- grain: one row per (seal, sender, day of receipt)
-- reads: loads
-- promise: summed over all seals they are the record's; items = accepted + new_versions + duplicates + quarantined + ignored
select received_day as archive_day, sender, max(loaded_at) as loaded_at,
  cast(sum(deliveries) as bigint) as deliveries, cast(sum(items) as bigint) as items,
  cast(sum(accepted) as bigint) as accepted, cast(sum(new_versions) as bigint) as new_versions,
  cast(sum(duplicates) as bigint) as duplicates, cast(sum(quarantined) as bigint) as quarantined,
  cast(sum(ignored) as bigint) as ignored, cast($seal as bigint) as seal
from loads where load_id > $after group by sender, received_day
