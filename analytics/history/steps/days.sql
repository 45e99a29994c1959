-- The days that this step closes, and what they are closed under.
create or replace table noted_days as
select c.day, cast($step as bigint) as step, cast($version as varchar) as version, cast($as_of as timestamp) as as_of,
  c.missed, cast($timezone as varchar) as timezone, cast($currency as varchar) as currency, cast($kind as varchar) as kind,
  cast($headline_rule as varchar) as headline_rule, cast($objective as varchar) as objective,
  cast($target as varchar) as target, cast($settings as varchar) as settings, cast($decisions as varchar) as decisions,
  cast($models as varchar) as models, cast($schema as integer) as schema, coalesce(g.cells, 0) as cells,
  coalesce(g.digest, '') as digest, false as premature
from (select unnest($closed::date[]) as day, unnest($missed::boolean[]) as missed) c
left join history_digests g on g.day = c.day
