-- what: which funnel steps anybody reports at all
-- grain: one row
-- reads: identified
-- promise: a step nobody reports never breaks the chain of the steps behind it
-- refresh: global
select
  coalesce(bool_or(type = 'landing_view'), false) as landing,
  coalesce(bool_or(type = 'search_click'), false) as search,
  coalesce(bool_or(type = 'results_view'), false) as results,
  coalesce(bool_or(type = 'ad_click'), false) as ad_click,
  coalesce(bool_or(type = 'conversion'), false) as conversion
from identified where traffic = 'human' and counts
