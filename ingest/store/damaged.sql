-- what: finds deliveries whose rows cannot be read as the loader reads them
-- grain: one row per damaged delivery
-- reads: batch
-- promise: nothing that the journal holds is passed over in silence: a text that is no object, a list of an unknown name
create or replace temp table damaged as
select load_order
from batch
where names is null or not list_has_all($names, names)
  or (len(names) = 0 and kinds is null)
  or (kinds is not null
    and (kinds[1] is distinct from 'OBJECT' or len(list_filter(kinds[2:], lambda kind: kind <> 'ARRAY')) > 0));
