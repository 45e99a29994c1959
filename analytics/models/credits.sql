-- what: the share of every goal that each touch earns, per rule and window, in millionths and in millionths of money
-- grain: one row per (rule, window_days, touch_types, goal_id, position)
-- reads: goals, goal_touches, path_touches, credit_scopes, rules, markov_weights, shapley_weights
-- promise: the shares of one goal add up to exactly 1,000,000, and its money to the last millionth; no share is negative
-- refresh: rows
with as_is as (
  select t.goal_id, t.position, t.touch_type, t.paid, t.same_click, w.window_days, w.touch_types
  from goal_touches t
  join credit_scopes w
    on w.conversion_kind = t.window_kind
    and t.lag_us <= 86400000000 * case when t.touch_type = 'view' then w.view_days else w.window_days end
  where (t.paid or t.same_click) and (t.touch_type <> 'view' or w.touch_types = 'click_view')),
whole as (
  select 'same_click' as rule, window_days, touch_types, goal_id, max(position) as position
  from as_is where same_click group by window_days, touch_types, goal_id
  union all
  -- A click beats a view, however late the view.
  select 'last_paid', window_days, touch_types, goal_id,
    coalesce(max(case when touch_type <> 'view' then position end), max(position))
  from as_is where paid group by window_days, touch_types, goal_id
  union all
  select 'first_touch', window_days, touch_types, goal_id, position from path_touches where nth = 1
  union all
  select 'last_touch', window_days, touch_types, goal_id, position from path_touches where nth = n
  union all
  select r.rule, p.window_days, p.touch_types, p.goal_id, p.position
  from path_touches p cross join rules r where p.n = 1 and r.shares),
-- A wider window only adds earlier touches: journeys of a goal that begin at the same touch are the same journey,
-- and shared once for all windows that see it. From here on those of several touches, for the rules that share.
begun as (
  select window_days, touch_types, goal_id, half_life_us, position as first_position from path_touches where nth = 1 and n > 1),
chosen as (
  select *, row_number() over (order by goal_id, first_position, half_life_us) as journey
  from (
    select *, row_number() over (
      partition by goal_id, first_position, half_life_us order by window_days, touch_types) as choice
    from begun) b
  where choice = 1),
several as (
  select p.*, g.kind, c.journey
  from path_touches p
  join chosen c on c.window_days = p.window_days and c.touch_types = p.touch_types and c.goal_id = p.goal_id
  join goals g on g.goal_id = p.goal_id),
roles as (
  select *, case when nth = 1 then 1 else 0 end + case when nth = n then 1 else 0 end
      + case when position = lead_position then 1 else 0 end as roles
  from several),
shaped as (
  select *, sum(case when roles = 0 then 1 else 0 end) over (partition by journey) as others from roles),
sets as (
  select journey, list_sort(list(distinct creative_id)) as creatives from several group by journey),
pointed as (
  select 'linear' as rule, journey, goal_id, position, nth, cast(1 as bigint) as points from several
  union all
  -- Two touches share the middle's part between them.
  select 'position_based', journey, goal_id, position, nth, cast(case
    when n = 2 then $position_middle + 2 * case when nth = 1 then $position_first else $position_last end
    when nth = 1 then $position_first * (n - 2) when nth = n then $position_last * (n - 2)
    else $position_middle end as bigint)
  from several
  union all
  select 'time_decay', journey, goal_id, position, nth,
    cast(round_even(1000000000 * pow(0.5, (lag_us - least_lag_us) / half_life_us), 0) as bigint)
  from several
  union all
  -- 30 for the first, the one before the lead, and the last, however they coincide; 10 among all others.
  select 'w_shaped', journey, goal_id, position, nth,
    cast(case when roles > 0 then 30 * roles * greatest(others, 1) else 10 end as bigint)
  from shaped
  -- A weight of a package's rule that is no number, none at all, or below 0 is 0; the largest of the journey has a
  -- billion points.
  -- per rule of a package: union all select '{rule}', journey, goal_id, position, nth, cast(round_even(coalesce(1000000000 * weight / nullif(max(weight) over (partition by journey), 0), 0), 0) as bigint) from (select journey, goal_id, position, nth, case when said > 0 and said < 1.0e200 then said else 0.0e0 end as weight from (select p.journey, p.goal_id, p.position, p.nth, {weight} as said from several p join goal_touches t on t.goal_id = p.goal_id and t.position = p.position) w) z
  union all
  select 'markov', s.journey, s.goal_id, s.position, s.nth, coalesce(m.weight, 0)
  from several s
  left join markov_weights m on m.conversion_kind = s.kind and m.creative_id = s.creative_id
  union all
  -- 720,720 can be divided by every number up to 16: a creative's part is shared by its touches almost always exactly.
  select 'shapley', s.journey, s.goal_id, s.position, s.nth,
    case when count(w.weight) over (partition by s.journey) = 0 then 720720
      else coalesce(w.weight, 0) * 720720 end // s.n_of_creative
  from several s
  join sets c on c.journey = s.journey
  left join shapley_weights w
    on w.conversion_kind = s.kind and w.creatives = c.creatives and w.creative_id = s.creative_id),
summed as (
  select *, cast(sum(points) over (partition by rule, journey) as bigint) as all_points,
    count(*) over (partition by rule, journey) as n
  from pointed),
-- Where nobody has a point, all have the same.
fair as (
  select rule, journey, goal_id, position, nth,
    case when all_points > 0 then points else 1 end as points,
    case when all_points > 0 then all_points else n end as all_points
  from summed),
floored as (
  select *, 1000000 * points // all_points as base, 1000000 * points % all_points as rest from fair),
weighed as (
  select rule, journey, goal_id, position, nth, cast(base + case
    when row_number() over (partition by rule, journey order by rest desc, nth)
      <= 1000000 - sum(base) over (partition by rule, journey) then 1 else 0 end as bigint) as weight
  from floored),
owed as (
  select goal_id, kind as conversion_kind, conversions, cast((amount - refunds) * 1000000 as bigint) as micros from goals),
-- A negative amount (more went back than came in) is shared by its size, and gets its sign back below.
-- Whole millions and the rest apart: ten million dong times a million overflow 64 bits.
shared as (
  select w.*, o.conversions, o.micros, abs(o.micros) // 1000000 * w.weight + abs(o.micros) % 1000000 * w.weight // 1000000 as base,
    abs(o.micros) % 1000000 * w.weight % 1000000 as rest
  from weighed w join owed o on o.goal_id = w.goal_id),
paid as (
  select *, base + case
    when row_number() over (partition by rule, journey order by rest desc, nth)
      <= abs(micros) - sum(base) over (partition by rule, journey) then 1 else 0 end as size
  from shared)
select p.rule, b.window_days, b.touch_types, p.goal_id, p.position, p.weight,
  cast(p.conversions * p.weight as bigint) as conversion_millionths, cast(case when p.micros < 0 then -p.size else p.size end as bigint)
    as revenue_millionths
from paid p
join chosen c on c.journey = p.journey
join begun b on b.goal_id = c.goal_id and b.first_position = c.first_position and b.half_life_us = c.half_life_us
union all
select w.rule, w.window_days, w.touch_types, w.goal_id, w.position, 1000000, cast(o.conversions * 1000000 as bigint), o.micros
from whole w join owed o on o.goal_id = w.goal_id
