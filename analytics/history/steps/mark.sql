-- What this step knows: the next one asks what came since.
create or replace table noted_mark as
select cast($step as bigint) as step, cast($version as varchar) as version, cast($as_of as timestamp) as as_of,
  cast($today as date) as today, cast($received_to as timestamp) as received_to, cast($load_id as bigint) as load_id,
  cast($decisions as varchar) as decisions, cast($superseded as bigint) as superseded,
  cast($settings as varchar) as settings, cast($models as varchar) as models, cast(0 as bigint) as changes;
create or replace table noted_aliases as select creative_id, canonical_id from record.creative_aliases;
create or replace table noted_digests as
select t.day, coalesce(g.digest, '') as digest
from history_touched t left join history_digests g on g.day = t.day
