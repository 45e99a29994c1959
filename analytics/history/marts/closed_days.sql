create or replace table closed_days as
select day, step, version, as_of, missed, timezone, currency, kind, headline_rule, objective, target, settings, decisions,
  models, schema, cells
from (
  select * from history.days
  union all
  select * from noted_days) days
