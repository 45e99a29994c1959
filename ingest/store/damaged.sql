-- what: finds deliveries whose rows cannot be read as the loader reads them
-- grain: one row per damaged delivery
-- reads: batch
-- promise: nothing that the journal holds is passed over in silence: a list that is none, or of an unknown name, is seen
create or replace temp table damaged as
select load_order
from (
  select load_order,
    case when json_valid(items) then json_type(items, $paths) end as kinds,
    case when json_valid(items) then json_keys(items) end as names
  from batch) looked
where kinds is null or names is null or kinds[1] is distinct from 'OBJECT'
  or len(list_filter(kinds[2:], lambda kind: kind <> 'ARRAY')) > 0
  or len(list_filter(names, lambda name: not list_contains($names, name))) > 0;
