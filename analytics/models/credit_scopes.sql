-- what: the windows under which credit is worked out: clicks always, clicks and views where views come as events
-- grain: one row per (conversion_kind, window_days, touch_types)
-- reads: windows, goal_touches
-- promise: without a view in any journey nothing is worked out twice; the headline is always among clicks
-- refresh: global
select conversion_kind, window_days, touch_types, view_days, half_life_us, headline
from windows
where touch_types = 'click' or exists (select 1 from goal_touches where touch_type = 'view')
