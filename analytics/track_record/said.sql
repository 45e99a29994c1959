-- What was said on the chosen days: one verdict per creative, scope and window. A merged creative's stand under the one
-- it is counted as now; where both were judged that day, its own stands for both.
create or replace temp table followed_said as
with said as (
  select v.*, coalesce(a.canonical_id, v.creative_id) as now_id
  from (select * from history.verdicts union all by name select * from noted_verdicts) v
  left join noted_aliases a on a.creative_id = v.creative_id
  where v.day in (select unnest($days::date[]))),
kept as (
  select *, row_number() over (
    partition by day, window_days, now_id, network, campaign_id, country
    order by case when creative_id = now_id then 0 else 1 end, mature_clicks desc, creative_id) as nth
  from said)
select k.window_days, cast(k.day - date '1970-01-01' as bigint) as day,
  dense_rank() over (order by k.now_id) as creative, coalesce(u.unit, -1) as unit, k.verdict, k.objective, k.target,
  d.currency, k.p_beats_scope, k.ahead, k.ahead_sd, k.p_meets_target, k.net_mean, k.net_sd,
  row_number() over (
    order by k.day, k.network, k.campaign_id, k.country, k.now_id, k.window_days) as nth_said
from kept k
left join (select * from history.days union all by name select * from noted_days) d on d.day = k.day
left join followed_units u on u.creative_id = k.now_id and u.network is not distinct from k.network
  and u.campaign_id is not distinct from k.campaign_id and u.country is not distinct from k.country
where k.nth = 1
