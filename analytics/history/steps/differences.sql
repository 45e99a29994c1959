-- What changed on those days: now less the closing and all that was noted since.
create or replace table history_differences as
with now_and_then as (
  select *, 1 as side from history_cells where day in (select day from history_touched)
  union all
  select *, -1 from history.closings where day in (select day from history_touched)),
amounts as (
  select day, creative_id, sender, network, campaign_id, conversion_kind, currency
    -- amounts.sql
  from now_and_then
  union all
  select day, creative_id, sender, network, campaign_id, conversion_kind, currency, measure, -change
  from history.changes where day in (select day from history_touched))
select row_number() over () as difference, *
from (
  select day, creative_id, sender, network, campaign_id, conversion_kind, currency, measure,
    cast(sum(amount) as decimal(38, 6)) as change
  from amounts
  group by day, creative_id, sender, network, campaign_id, conversion_kind, currency, measure
  having sum(amount) <> 0) changed
