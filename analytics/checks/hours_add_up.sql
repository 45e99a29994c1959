-- what: days whose hours do not add up to what the facts say of that day
-- reads: creative_hourly, facts_daily
with hours as (
  select day, sum(impressions) as impressions, sum(clicks) as clicks, sum(landing_views) as landing_views,
    sum(search_clicks) as search_clicks, sum(results_views) as results_views, sum(ad_clicks) as ad_clicks,
    sum(conversions) as conversions, sum(sessions) as sessions, sum(search_sessions) as search_sessions,
    sum(results_sessions) as results_sessions, sum(ad_click_sessions) as ad_click_sessions,
    sum(conversion_sessions) as conversion_sessions, sum(reported_impressions) as reported_impressions,
    sum(reported_clicks) as reported_clicks, sum(cost) as cost, sum(revenue) as revenue
  from creative_hourly group by day),
days as (
  select day, sum(impressions) as impressions, sum(clicks) as clicks, sum(landing_views) as landing_views,
    sum(search_clicks) as search_clicks, sum(results_views) as results_views, sum(ad_clicks) as ad_clicks,
    sum(conversions) as conversions, sum(sessions) as sessions, sum(search_sessions) as search_sessions,
    sum(results_sessions) as results_sessions, sum(ad_click_sessions) as ad_click_sessions,
    sum(conversion_sessions) as conversion_sessions, sum(reported_impressions) as reported_impressions,
    sum(reported_clicks) as reported_clicks, sum(cost_direct + cost_allocated) as cost,
    sum(revenue_settled + revenue_provisional - refunds) as revenue
  from facts_daily where day >= cast($today as date) - 7 group by day)
(select * from hours except select * from days) union all (select * from days except select * from hours)
