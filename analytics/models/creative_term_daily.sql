-- what: the related searches of a quarter per day, creative and term, and the ad clicks and money that followed them
-- grain: one row per (day, creative_id, term)
-- reads: identified, goals, headline_credits
-- promise: adds up to facts_daily; an ad click that says no term has its click's one term, else NULL; money is booked as in facts_daily
-- refresh: sums
with steps as (
  select day, creative_id, click_id, type, term, count, key_hash from identified
  where type in ('search_click', 'ad_click') and traffic = 'human' and counts and day >= cast($today as date) - 91),
searched as (
  select click_id, min(term) as term from steps
  where type = 'search_click' and term is not null and click_id is not null
  group by click_id having min(term) = max(term)),
termed as (
  select s.day, s.creative_id, s.type, s.key_hash, coalesce(s.term, k.term) as term, s.count
  from steps s left join searched k on s.type = 'ad_click' and k.click_id = s.click_id),
parts as (
  select day, creative_id, term, cast(case when type = 'search_click' then count else 0 end as bigint) as searches,
    cast(case when type = 'ad_click' then count else 0 end as bigint) as ad_clicks, cast(0 as bigint) as millionths
  from termed
  union all
  select g.booked_day, t.creative_id, k.term, 0, 0, cast((g.amount - g.refunds) * 1000000 as bigint)
  from goals g
  left join headline_credits t on t.goal_id = g.goal_id
  left join termed k on k.type = 'ad_click' and k.key_hash = g.goal_id
  where g.type = 'ad_click' and g.traffic = 'human' and g.booked_day >= cast($today as date) - 91),
summed as (
  select day, creative_id, term, cast(sum(searches) as bigint) as searches, cast(sum(ad_clicks) as bigint) as ad_clicks,
    cast(cast(sum(millionths) as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as revenue
  from parts group by day, creative_id, term)
select * from summed where searches <> 0 or ad_clicks <> 0 or revenue <> 0
