-- what: the text of every click of whose events those with a text agree on one
-- grain: one row per (click_id)
-- reads: stitched, texts
-- promise: a click whose events carry several texts is not here
-- refresh: rows
select e.click_id, min(t.creative_id) as creative_id
from stitched e join texts t on t.variant_id = e.variant_id
where t.creative_id is not null and e.click_id is not null
group by e.click_id having min(t.creative_id) = max(t.creative_id)
