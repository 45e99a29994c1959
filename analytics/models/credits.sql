-- what: the share of every goal that each touch earns, per rule and window, in millionths and in millionths of money
-- grain: one row per (rule, window_days, goal_id, position)
-- reads: credit_touches, windows
-- promise: the shares of one goal add up to exactly 1,000,000, and its money to the last millionth
-- refresh: rows
with within as (
  select
    t.goal_id, t.position, t.conversion_kind, t.goal_day, t.booked_day, t.conversions, t.revenue, t.touch_day,
    t.creative_id, t.network, t.account_id, t.campaign_id, t.adset_id, t.ad_id, t.placement, t.country, t.device,
    t.paid, t.same_click, w.window_days,
    row_number() over (partition by w.window_days, t.goal_id order by t.position) as nth,
    row_number() over (partition by w.window_days, t.goal_id order by t.position desc) as nth_last,
    row_number() over (partition by w.window_days, t.goal_id, t.paid order by t.position desc) as nth_last_of_paid,
    row_number() over (partition by w.window_days, t.goal_id, t.same_click order by t.position desc) as nth_last_of_same,
    count(*) over (partition by w.window_days, t.goal_id) as n
  from credit_touches t
  join windows w on t.lag_us <= w.window_days * 86400000000),
ruled as (
  select 'same_click' as rule, 1000000 as weight, * from within where same_click and nth_last_of_same = 1
  union all
  select 'first_touch', 1000000, * from within where nth = 1
  union all
  select 'last_touch', 1000000, * from within where nth_last = 1
  union all
  select 'last_paid', 1000000, * from within where paid and nth_last_of_paid = 1
  union all
  select 'linear', 1000000 // n + case when nth <= 1000000 % n then 1 else 0 end, * from within),
shared as (
  select
    *, cast(revenue * 1000000 as bigint) as micros,
    -- A negative amount (more went back than came in) is shared by its size, and gets its sign back below.
    -- Whole millions and the rest apart: ten million dong times a million overflow 64 bits.
    size // 1000000 * weight + size % 1000000 * weight // 1000000 as base,
    size % 1000000 * weight % 1000000 as remainder
  from (select *, cast(abs(revenue) * 1000000 as bigint) as size from ruled) sized),
rounded as (
  select
    *, row_number() over (
      partition by rule, window_days, goal_id order by remainder desc, nth) as claim,
    abs(micros) - sum(base) over (partition by rule, window_days, goal_id) as left_over
  from shared)
select
  rule, window_days, goal_id, position, conversion_kind, goal_day, booked_day, touch_day, creative_id, network,
  account_id, campaign_id, adset_id, ad_id, placement, country, device, conversions, weight,
  cast(conversions * weight as bigint) as conversion_millionths,
  cast(sign(micros) * (base + case when claim <= left_over then 1 else 0 end) as bigint) as revenue_millionths
from rounded
