-- what: counts and money per day and ad, a view over the facts
-- grain: one row per (day, creative_id, network, account_id, campaign_id, adset_id, ad_id)
-- reads: facts_daily, freshness
-- promise: revenue is net of refunds, settled where settled, else provisional; cost is direct plus allocated
-- refresh: view
select
  day, creative_id, network, account_id, campaign_id, adset_id, ad_id,
  cast(sum(impressions) as bigint) as impressions,
  cast(sum(clicks) as bigint) as clicks,
  cast(sum(landing_views) as bigint) as landing_views,
  cast(sum(search_clicks) as bigint) as search_clicks,
  cast(sum(results_views) as bigint) as results_views,
  cast(sum(ad_clicks) as bigint) as ad_clicks,
  cast(sum(case when facts_daily.conversion_kind = n.conversion_kind then conversions else 0 end) as bigint)
    as conversions,
  cast(sum(sessions) as bigint) as sessions,
  cast(sum(landing_sessions) as bigint) as landing_sessions,
  cast(sum(search_sessions) as bigint) as search_sessions,
  cast(sum(results_sessions) as bigint) as results_sessions,
  cast(sum(ad_click_sessions) as bigint) as ad_click_sessions,
  cast(sum(conversion_sessions) as bigint) as conversion_sessions,
  cast(sum(reported_impressions) as bigint) as reported_impressions,
  cast(sum(reported_clicks) as bigint) as reported_clicks,
  cast(sum(reported_conversions) as bigint) as reported_conversions,
  cast(sum(reported_revenue) as decimal(38, 6)) as reported_revenue,
  cast(sum(refunds) as decimal(38, 6)) as refunds,
  cast(sum(cost_direct + cost_allocated) as decimal(38, 6)) as cost,
  cast(sum(revenue_settled + revenue_provisional - refunds) as decimal(38, 6)) as revenue
from facts_daily cross join freshness n
group by day, creative_id, network, account_id, campaign_id, adset_id, ad_id
