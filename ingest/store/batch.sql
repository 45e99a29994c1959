-- what: the deliveries of the batch without their texts, and which lists each text has
-- grain: one row per delivery
-- reads: batch_arrow
-- promise: one reading of each text; `instead` is the text that is read in place of one that is damaged or superseded
create or replace temp table batch as
select * exclude (items), make_timestamp(received_us) as received_at, try(json_keys(items)) as names,
  case when disposition = 'decision' or len(names) = 0 or list_contains(names, 'decisions')
    then try(json_type(items, $paths)) end as kinds,
  cast(null as varchar) as instead
from batch_arrow;
