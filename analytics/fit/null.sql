-- what: the journeys that led to no goal of a kind: clicks that are a touch of none, in runs no longer interrupted than its window
-- reads: fit_clicks, fit_used, fit_kinds, fit_creatives
with numbered as (
  select f.key_hash, f.unit, f.day, f.occurred_us, c.n,
    row_number() over (partition by f.unit order by f.occurred_us, f.sender, f.id) as nth
  from fit_clicks f join fit_creatives c on c.creative_id = f.creative_id),
converting as (select distinct n.unit from numbered n join fit_used u on u.key_hash = n.key_hash),
-- Most visitors convert to nothing: their journeys are the same for all kinds of one window.
each_kind as (
  select n.*, w.window_us, cast(null as varchar) as conversion_kind, false as used
  from numbered n anti join converting c on c.unit = n.unit
  cross join (select distinct window_us from fit_kinds) w
  union all
  select n.*, k.window_us, k.conversion_kind, u.key_hash is not null
  from numbered n semi join converting c on c.unit = n.unit
  cross join fit_kinds k
  left join fit_used u on u.conversion_kind = k.conversion_kind and u.key_hash = n.key_hash),
cut as (
  select *, case when lag(used) over visits or occurred_us - lag(occurred_us) over visits > window_us then 1 else 0 end as cut
  from each_kind
  window visits as (partition by conversion_kind, window_us, unit order by nth)),
runs as (
  select *, sum(cut) over (partition by conversion_kind, window_us, unit order by nth) as run from cut),
shaped as (
  select *, lag(n) over (partition by conversion_kind, window_us, unit, run order by nth) as n_before,
    row_number() over (partition by conversion_kind, window_us, unit, run, n order by nth) as nth_of_creative
  from runs where not used),
each_journey as (
  select conversion_kind, window_us, list(n order by nth) as path, max(day) as day
  from shaped
  where $path = 'as_is' or ($path = 'collapse' and n is distinct from n_before) or ($path = 'first' and nth_of_creative = 1)
  group by conversion_kind, window_us, unit, run),
counted as (
  select conversion_kind, window_us, path, day, count(*) as journeys from each_journey
  group by conversion_kind, window_us, path, day)
select k.conversion_kind, c.path, 'null' as outcome, c.day, cast(sum(c.journeys) as bigint) as journeys,
  cast(0 as bigint) as conversions, cast(0 as decimal(38, 6)) as revenue
from counted c join fit_kinds k on k.window_us = c.window_us and k.conversion_kind = coalesce(c.conversion_kind, k.conversion_kind)
group by k.conversion_kind, c.path, c.day
