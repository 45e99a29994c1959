-- What is said now of the days that are compared.
select day, creative_id, network, campaign_id, conversion_kind, (select currency from newer.freshness) as currency,
  sum(impressions) as impressions, sum(clicks) as clicks, sum(sessions) as sessions, sum(ad_clicks) as ad_clicks,
  sum(conversions) as conversions, sum(reported_impressions) as reported_impressions,
  sum(reported_clicks) as reported_clicks, sum(cost_direct + cost_allocated) as cost,
  sum(revenue_provisional + revenue_settled - refunds) as revenue
from newer.facts_daily
where ($all_days or day in (select day from newer.closed_days)) and ($day is null or day = $day)
  and ($creative is null or creative_id = $creative)
group by day, creative_id, network, campaign_id, conversion_kind
