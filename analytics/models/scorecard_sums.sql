-- what: the sums behind the scorecard, per creative, window and scope
-- grain: one row per (creative_id, window_days, scope, network, campaign_id, country)
-- reads: facts_daily, whole_campaigns, outcome_days, main_kind
-- promise: sums only; every rate, interval and verdict is inferred from them
-- refresh: keys (creative_id) of facts_daily, outcome_days, whole_campaigns; alone
with spans as (
  select 1 as window_days union all select 3 union all select 7 union all select 14 union all select 28
  union all select 0),
days as (
  select window_days,
    case when window_days = 0 then cast('1900-01-01' as date) else cast($today as date) - (window_days - 1) end as first_day,
    cast($today as date) as last_day, cast($today as date) - $maturity_days as mature_day
  from spans),
facts as (
  select f.*, case when w.campaign_id is null then f.country end as cell_country
  from facts_daily f
  left join whole_campaigns w on w.network is not distinct from f.network and w.campaign_id = f.campaign_id
  where f.creative_id is not null),
outcomes as (
  select o.day, o.creative_id, o.network, o.campaign_id, case when w.campaign_id is null then o.country end as cell_country,
    sum(o.clicks) as clicks, sum(o.converted) as converted, sum(o.revenue_millionths) as revenue_millionths,
    sum(o.revenue_squared) as revenue_squared, sum(o.earning) as earning, sum(o.capped_millionths) as capped,
    sum(o.capped_squared) as capped_squared
  from outcome_days o
  left join whole_campaigns w on w.network is not distinct from o.network and w.campaign_id = o.campaign_id
  group by o.day, o.creative_id, o.network, o.campaign_id, case when w.campaign_id is null then o.country end),
scoped_facts as (
  select 'all' as scope, cast(null as varchar) as s_network, cast(null as varchar) as s_campaign,
    cast(null as varchar) as s_country, * from facts
  union all
  select 'campaign', network, campaign_id, cell_country, * from facts where network is not null),
scoped_outcomes as (
  select 'all' as scope, cast(null as varchar) as s_network, cast(null as varchar) as s_campaign,
    cast(null as varchar) as s_country, * from outcomes
  union all
  select 'campaign', network, campaign_id, cell_country, * from outcomes where network is not null),
counted as (
  select f.creative_id, d.window_days, f.scope, f.s_network, f.s_campaign, f.s_country,
    min(f.day) as window_start, max(d.last_day) as window_end,
    sum(impressions) as impressions, sum(clicks) as clicks, sum(landing_views) as landing_views,
    sum(search_clicks) as search_clicks, sum(results_views) as results_views, sum(ad_clicks) as ad_clicks,
    sum(case when f.conversion_kind = m.kind then conversions else 0 end) as conversions, sum(sessions) as sessions, sum(search_sessions) as search_sessions,
    sum(results_sessions) as results_sessions, sum(ad_click_sessions) as ad_click_sessions,
    sum(reported_impressions) as reported_impressions, sum(reported_clicks) as reported_clicks,
    sum(cost_direct + cost_allocated) as cost, sum(cost_allocated) as cost_allocated,
    sum(revenue_settled + revenue_provisional - refunds) as revenue,
    sum(case when f.day <= d.mature_day then cost_direct + cost_allocated else 0 end) as mature_cost,
    sum(case when f.day <= d.mature_day then cost_allocated else 0 end) as mature_cost_allocated
  from scoped_facts f join days d on f.day between d.first_day and d.last_day cross join main_kind m
  group by f.creative_id, d.window_days, f.scope, f.s_network, f.s_campaign, f.s_country),
clicked as (
  select o.creative_id, d.window_days, o.scope, o.s_network, o.s_campaign, o.s_country,
    sum(o.clicks) as all_clicks, sum(o.converted) as all_converted, sum(o.revenue_millionths) as all_revenue,
    sum(o.revenue_squared) as all_revenue_squared, sum(o.earning) as all_earning, sum(o.capped) as all_capped,
    sum(o.capped_squared) as all_capped_squared,
    sum(case when o.day <= d.mature_day then o.clicks else 0 end) as mature_clicks,
    sum(case when o.day <= d.mature_day then o.converted else 0 end) as mature_converted,
    sum(case when o.day <= d.mature_day then o.revenue_millionths else 0 end) as mature_revenue,
    sum(case when o.day <= d.mature_day then o.revenue_squared else 0 end) as mature_revenue_squared,
    sum(case when o.day <= d.mature_day then o.earning else 0 end) as mature_earning,
    sum(case when o.day <= d.mature_day then o.capped else 0 end) as mature_capped,
    sum(case when o.day <= d.mature_day then o.capped_squared else 0 end) as mature_capped_squared
  from scoped_outcomes o join days d on o.day between d.first_day and d.last_day
  group by o.creative_id, d.window_days, o.scope, o.s_network, o.s_campaign, o.s_country)
select
  f.creative_id, f.window_days, f.scope, f.s_network as network, f.s_campaign as campaign_id, f.s_country as country,
  case when f.window_days = 0 then f.window_start else cast($today as date) - (f.window_days - 1) end as window_start,
  f.window_end, cast(f.impressions as bigint) as impressions, cast(f.clicks as bigint) as clicks,
  cast(f.landing_views as bigint) as landing_views, cast(f.search_clicks as bigint) as search_clicks,
  cast(f.results_views as bigint) as results_views, cast(f.ad_clicks as bigint) as ad_clicks,
  cast(f.conversions as bigint) as conversions, cast(f.sessions as bigint) as sessions,
  cast(f.search_sessions as bigint) as search_sessions, cast(f.results_sessions as bigint) as results_sessions,
  cast(f.ad_click_sessions as bigint) as ad_click_sessions,
  cast(f.reported_impressions as bigint) as reported_impressions, cast(f.reported_clicks as bigint) as reported_clicks,
  cast(f.cost as decimal(38, 6)) as cost, cast(f.cost_allocated as decimal(38, 6)) as cost_allocated,
  cast(f.revenue as decimal(38, 6)) as revenue, cast(f.mature_cost as decimal(38, 6)) as mature_cost,
  cast(f.mature_cost_allocated as decimal(38, 6)) as mature_cost_allocated,
  cast(coalesce(c.all_clicks, 0) as bigint) as all_clicks, cast(coalesce(c.all_converted, 0) as bigint) as all_converted,
  cast(coalesce(c.all_revenue, 0) as bigint) as all_revenue_millionths, coalesce(c.all_revenue_squared, 0) as all_revenue_squared,
  cast(coalesce(c.all_earning, 0) as bigint) as all_earning, cast(coalesce(c.all_capped, 0) as bigint) as all_capped_millionths,
  coalesce(c.all_capped_squared, 0) as all_capped_squared,
  cast(coalesce(c.mature_clicks, 0) as bigint) as mature_clicks,
  cast(coalesce(c.mature_converted, 0) as bigint) as mature_converted,
  cast(coalesce(c.mature_revenue, 0) as bigint) as mature_revenue_millionths,
  coalesce(c.mature_revenue_squared, 0) as mature_revenue_squared, cast(coalesce(c.mature_earning, 0) as bigint) as mature_earning,
  cast(coalesce(c.mature_capped, 0) as bigint) as mature_capped_millionths,
  coalesce(c.mature_capped_squared, 0) as mature_capped_squared
from counted f
left join clicked c
  on c.creative_id = f.creative_id and c.window_days = f.window_days and c.scope = f.scope
  and c.s_network is not distinct from f.s_network and c.s_campaign is not distinct from f.s_campaign
  and c.s_country is not distinct from f.s_country
