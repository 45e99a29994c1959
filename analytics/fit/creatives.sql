-- what: a small number for every creative of a journey, so that paths are lists of numbers
-- reads: path_touches, fit_clicks
select cast(row_number() over (order by creative_id) as integer) as n, creative_id
from (select creative_id from path_touches union select creative_id from fit_clicks) seen
