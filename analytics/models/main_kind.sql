-- what: the conversion kind that CVR, CPA and conversions speak of: the one set, else purchase, lead, the most frequent of those reported
-- grain: one row per (kind)
-- reads: goals
-- promise: one row; kinds are never summed; NULL where none is set and nobody reports a conversion
-- refresh: global
with ranked as (
  select kind, row_number() over (
    order by case kind when 'purchase' then 0 when 'lead' then 1 else 2 end, count(*) desc, kind) as nth
  from goals where type = 'conversion' and traffic = 'human' group by kind)
select coalesce(cast($conversion_kind as varchar), max(kind)) as kind
from ranked where nth = 1
