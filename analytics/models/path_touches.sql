-- what: the touches that the rules of whole journeys read, per window, after the path transforms that are set
-- grain: one row per (window_days, touch_types, goal_id, position)
-- reads: goal_touches, credit_scopes
-- promise: views count only in a journey without a click in its window; a transform works within the window; nth and n count what is left
-- refresh: rows
with reached as (
  select t.goal_id, t.position, t.touch_type, t.creative_id, t.lag_us, t.before_lead, w.window_days, w.touch_types,
    w.half_life_us, max(case when t.touch_type = 'view' then 0 else 1 end) over (
      partition by w.window_days, w.touch_types, t.goal_id) as has_click
  from goal_touches t
  join credit_scopes w
    on w.conversion_kind = t.window_kind
    and t.lag_us <= 86400000000 * case when t.touch_type = 'view' then w.view_days else w.window_days end
  where t.left_out is null and (t.touch_type <> 'view' or w.touch_types = 'click_view')),
shaped as (
  select *,
    lag(creative_id) over (partition by window_days, touch_types, goal_id order by position) as creative_before,
    row_number() over (partition by window_days, touch_types, goal_id, creative_id order by position) as nth_of_creative
  from reached
  where touch_type <> 'view' or has_click = 0),
kept as (
  select * from shaped
  where $path = 'as_is' or ($path = 'collapse' and creative_id is distinct from creative_before)
    or ($path = 'first' and nth_of_creative = 1))
select
  goal_id, window_days, touch_types, position, creative_id, lag_us, half_life_us,
  row_number() over (partition by window_days, touch_types, goal_id order by position) as nth,
  count(*) over (partition by window_days, touch_types, goal_id) as n,
  count(*) over (partition by window_days, touch_types, goal_id, creative_id) as n_of_creative,
  min(lag_us) over (partition by window_days, touch_types, goal_id) as least_lag_us,
  max(case when before_lead then position end) over (partition by window_days, touch_types, goal_id) as lead_position
from kept
