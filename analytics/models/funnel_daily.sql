-- what: the steps of the funnel per day, as events and as sessions that reached the step
-- grain: one row per (day, network, campaign_id, step)
-- reads: facts_daily, steps_reported, main_kind
-- promise: only steps that somebody reports; sessions never increase along them
-- refresh: keys (day) of facts_daily
with sums as (
  select day, network, campaign_id, sum(clicks) as clicks, sum(landing_views) as landing_views,
    sum(search_clicks) as search_clicks, sum(results_views) as results_views, sum(ad_clicks) as ad_clicks,
    sum(case when conversion_kind = m.kind then conversions else 0 end) as conversions,
    sum(landing_sessions) as landing_sessions,
    sum(search_sessions) as search_sessions, sum(results_sessions) as results_sessions,
    sum(ad_click_sessions) as ad_click_sessions, sum(conversion_sessions) as conversion_sessions
  from facts_daily cross join main_kind m group by day, network, campaign_id),
steps as (
  select day, network, campaign_id, 'click' as step, 1 as step_order, clicks as events, clicks as sessions from sums
  union all
  select s.day, s.network, s.campaign_id, 'landing_view', 2, s.landing_views, s.landing_sessions
  from sums s join steps_reported r on r.landing
  union all
  select s.day, s.network, s.campaign_id, 'search_click', 3, s.search_clicks, s.search_sessions
  from sums s join steps_reported r on r.search
  union all
  select s.day, s.network, s.campaign_id, 'results_view', 4, s.results_views, s.results_sessions
  from sums s join steps_reported r on r.results
  union all
  select s.day, s.network, s.campaign_id, 'ad_click', 5, s.ad_clicks, s.ad_click_sessions
  from sums s join steps_reported r on r.ad_click
  union all
  select s.day, s.network, s.campaign_id, 'conversion', 6, s.conversions, s.conversion_sessions
  from sums s join steps_reported r on r.conversion)
select day, network, campaign_id, step, step_order, cast(events as bigint) as events, cast(sessions as bigint) as sessions,
  cast(lag(sessions) over (partition by day, network, campaign_id order by step_order) as bigint) as sessions_before
from steps
