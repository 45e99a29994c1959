-- what: which of those clicks are a touch of a goal of each kind
-- reads: goal_touches, fit_clicks
select distinct t.conversion_kind, f.key_hash
from goal_touches t join fit_clicks f on f.sender = t.sender and f.id = t.id
where t.touch_type = 'click' and t.left_out is null and t.goal_day <= $through
