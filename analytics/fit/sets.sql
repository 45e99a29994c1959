-- what: the sets of several creatives that a goal of a closed day was credited over, under any window
-- reads: path_touches, goals, fit_creatives
select distinct g.kind as conversion_kind, list_sort(list(distinct c.n)) as members
from path_touches p
join goals g on g.goal_id = p.goal_id
join fit_creatives c on c.creative_id = p.creative_id
where p.n > 1 and g.day <= $through
group by g.goal_id, g.kind, p.window_days, p.touch_types
having count(distinct c.n) > 1
