-- what: days whose raw texts, or related searches, do not add up to what the facts say of that day's creatives
-- reads: variant_daily, creative_term_daily, facts_daily
with facts as (
  select day, sum(clicks) as clicks, sum(sessions) as sessions, sum(search_sessions) as search_sessions,
    sum(results_sessions) as results_sessions, sum(ad_click_sessions) as ad_click_sessions
  from facts_daily where creative_id is not null group by day),
variants as (
  select day, sum(clicks) as clicks, sum(sessions) as sessions, sum(search_sessions) as search_sessions,
    sum(results_sessions) as results_sessions, sum(ad_click_sessions) as ad_click_sessions
  from variant_daily group by day),
searched as (
  select day, sum(search_clicks) as searches, sum(ad_clicks) as ad_clicks
  from facts_daily where day >= cast($today as date) - 91 group by day),
terms as (select day, sum(searches) as searches, sum(ad_clicks) as ad_clicks from creative_term_daily group by day)
select coalesce(f.day, v.day) as day, f.clicks as expected, v.clicks as found
from facts f full join variants v on v.day = f.day
where coalesce(f.clicks, 0) <> coalesce(v.clicks, 0) or coalesce(f.sessions, 0) <> coalesce(v.sessions, 0)
  or coalesce(f.search_sessions, 0) <> coalesce(v.search_sessions, 0)
  or coalesce(f.results_sessions, 0) <> coalesce(v.results_sessions, 0)
  or coalesce(f.ad_click_sessions, 0) <> coalesce(v.ad_click_sessions, 0)
union all
select coalesce(s.day, t.day), coalesce(s.searches, 0) + coalesce(s.ad_clicks, 0),
  coalesce(t.searches, 0) + coalesce(t.ad_clicks, 0)
from searched s full join terms t on t.day = s.day
where coalesce(s.searches, 0) <> coalesce(t.searches, 0) or coalesce(s.ad_clicks, 0) <> coalesce(t.ad_clicks, 0)
