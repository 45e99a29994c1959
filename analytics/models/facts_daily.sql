-- what: the one table of counts and money
-- grain: one row per (day, creative_id, sender, network, account_id, campaign_id, adset_id, ad_id, placement, country, device, conversion_kind)
-- reads: identified, click_outcomes, report_parts, report_shares, click_costs, goals, headline_credits, settlement_cells
-- promise: observed and reported counts stand side by side and are never added; every cent of money_ledger is here
-- refresh: sums; settlement_factor = case when cell_estimates > 0 then cast(cell_revenue as double) / cast(cell_estimates as double) end
with parts as (
  select
    day, creative_id, sender, network, account_id, campaign_id, adset_id, ad_id, placement, country, device,
    cast(null as varchar) as conversion_kind, type as measure, cast(count as bigint) as amount
  from identified
  where traffic = 'human' and counts and type in ('impression', 'click', 'landing_view', 'search_click', 'results_view', 'ad_click')
  union all
  select day, creative_id, sender, network, account_id, campaign_id, adset_id, ad_id, placement, country, device, null,
    'sessions', cast(landing_sessions as bigint) from click_outcomes where landing_sessions > 0
  union all
  select day, creative_id, sender, network, account_id, campaign_id, adset_id, ad_id, placement, country, device, null,
    'search_sessions', cast(search_sessions as bigint) from click_outcomes where search_sessions > 0
  union all
  select day, creative_id, sender, network, account_id, campaign_id, adset_id, ad_id, placement, country, device, null,
    'results_sessions', cast(results_sessions as bigint) from click_outcomes where results_sessions > 0
  union all
  select day, creative_id, sender, network, account_id, campaign_id, adset_id, ad_id, placement, country, device, null,
    'ad_click_sessions', cast(ad_click_sessions as bigint) from click_outcomes where ad_click_sessions > 0
  union all
  select day, creative_id, sender, network, account_id, campaign_id, adset_id, ad_id, placement, country, device, null,
    'conversion_sessions', cast(conversion_sessions as bigint) from click_outcomes where conversion_sessions > 0
  union all
  select r.day, s.creative_id, r.sender, r.network, r.account_id, r.campaign_id, r.adset_id, r.ad_id, null, r.country,
    null, null,
    case
      when s.measure = 'cost' and s.allocated then 'cost_allocated' when s.measure = 'cost' then 'cost_direct'
      else 'reported_' || s.measure end,
    s.share
  from report_shares s join report_parts r on r.sender = s.sender and r.key_hash = s.key_hash
  union all
  select day, creative_id, coalesce(report_sender, sender), network, coalesce(report_account, account_id), campaign_id, adset_id,
    ad_id, placement, country, device, null, 'cost_direct', cast(cost * 1000000 as bigint)
  from click_costs where cost <> 0
  union all
  select
    g.booked_day, t.creative_id, g.sender, coalesce(t.network, g.network),
    coalesce(t.account_id, g.account_id), coalesce(t.campaign_id, g.campaign_id), coalesce(t.adset_id, g.adset_id),
    coalesce(t.ad_id, g.ad_id), coalesce(t.placement, g.placement), coalesce(t.country, g.country),
    coalesce(t.device, g.device), case when g.type = 'ad_click' then null else g.kind end,
    m.measure,
    case m.measure
      when 'conversions' then case when g.type = 'conversion' then g.conversions else 0 end
      when 'revenue_settled' then case when g.settled then cast(g.amount * 1000000 as bigint) else 0 end
      when 'revenue_provisional' then case when g.settled then 0 else cast(g.amount * 1000000 as bigint) end
      when 'cell_estimates' then case when g.settlement_factor is not null then cast(g.estimate * 1000000 as bigint) else 0 end
      when 'cell_revenue' then case when g.settlement_factor is not null then cast(g.amount * 1000000 as bigint) else 0 end
      else cast(g.refunds * 1000000 as bigint) end
  from goals g
  cross join (
    select 'conversions' as measure union all select 'revenue_settled' union all select 'revenue_provisional'
    union all select 'refunds' union all select 'cell_estimates' union all select 'cell_revenue') m
  left join headline_credits t on t.goal_id = g.goal_id
  where g.traffic = 'human'
  union all
  select c.day, null, c.settles, null, null, c.campaign_id, null, c.ad_id, null, c.country, null, null, 'revenue_settled',
    cast(c.unallocated * 1000000 as bigint)
  from settlement_cells c where c.unallocated <> 0),
pivoted as (
  select
    day, creative_id, sender, network, account_id, campaign_id, adset_id, ad_id, placement, country, device,
    conversion_kind,
    cast(sum(case when measure = 'impression' then amount else 0 end) as bigint) as impressions,
    cast(sum(case when measure = 'click' then amount else 0 end) as bigint) as clicks,
    cast(sum(case when measure = 'landing_view' then amount else 0 end) as bigint) as landing_views,
    cast(sum(case when measure = 'search_click' then amount else 0 end) as bigint) as search_clicks,
    cast(sum(case when measure = 'results_view' then amount else 0 end) as bigint) as results_views,
    cast(sum(case when measure = 'ad_click' then amount else 0 end) as bigint) as ad_clicks,
    cast(sum(case when measure = 'conversions' then amount else 0 end) as bigint) as conversions,
    cast(sum(case when measure = 'sessions' then amount else 0 end) as bigint) as sessions,
    cast(sum(case when measure = 'search_sessions' then amount else 0 end) as bigint) as search_sessions,
    cast(sum(case when measure = 'results_sessions' then amount else 0 end) as bigint) as results_sessions,
    cast(sum(case when measure = 'ad_click_sessions' then amount else 0 end) as bigint) as ad_click_sessions,
    cast(sum(case when measure = 'conversion_sessions' then amount else 0 end) as bigint) as conversion_sessions,
    cast(sum(case when measure = 'reported_impressions' then amount else 0 end) as bigint) as reported_impressions,
    cast(sum(case when measure = 'reported_clicks' then amount else 0 end) as bigint) as reported_clicks,
    cast(sum(case when measure = 'reported_conversions' then amount else 0 end) as bigint) as reported_conversions,
    cast(sum(case when measure = 'reported_revenue' then amount else 0 end) as decimal(20, 0)) as reported_revenue,
    cast(sum(case when measure = 'revenue_provisional' then amount else 0 end) as decimal(20, 0)) as revenue_provisional,
    cast(sum(case when measure = 'revenue_settled' then amount else 0 end) as decimal(20, 0)) as revenue_settled,
    cast(cast(sum(case when measure = 'cell_estimates' then amount else 0 end) as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as cell_estimates,
    cast(cast(sum(case when measure = 'cell_revenue' then amount else 0 end) as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as cell_revenue,
    cast(sum(case when measure = 'refunds' then amount else 0 end) as decimal(20, 0)) as refunds,
    cast(sum(case when measure = 'cost_direct' then amount else 0 end) as decimal(20, 0)) as cost_direct,
    cast(sum(case when measure = 'cost_allocated' then amount else 0 end) as decimal(20, 0)) as cost_allocated
  from parts
  where amount <> 0
  group by day, creative_id, sender, network, account_id, campaign_id, adset_id, ad_id, placement, country, device,
    conversion_kind)
select
  day, creative_id, sender, network, account_id, campaign_id, adset_id, ad_id, placement, country, device,
  conversion_kind, impressions, clicks, landing_views, search_clicks, results_views, ad_clicks, conversions, sessions,
  sessions as landing_sessions, search_sessions, results_sessions, ad_click_sessions, conversion_sessions,
  reported_impressions, reported_clicks, reported_conversions,
  cast(reported_revenue * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as reported_revenue,
  cast(revenue_provisional * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as revenue_provisional,
  cast(revenue_settled * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as revenue_settled,
  cell_estimates, cell_revenue,
  case when cell_estimates > 0 then cast(cell_revenue as double) / cast(cell_estimates as double) end as settlement_factor,
  cast(refunds * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as refunds,
  cast(cost_direct * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as cost_direct,
  cast(cost_allocated * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as cost_allocated
from pivoted
-- What adds up to nothing is no row: a refresh moves the sums, and cannot know of it.
where impressions <> 0 or clicks <> 0 or landing_views <> 0 or search_clicks <> 0 or results_views <> 0 or ad_clicks <> 0
  or conversions <> 0 or sessions <> 0 or search_sessions <> 0 or results_sessions <> 0 or ad_click_sessions <> 0
  or conversion_sessions <> 0 or reported_impressions <> 0 or reported_clicks <> 0 or reported_conversions <> 0
  or reported_revenue <> 0 or revenue_provisional <> 0 or revenue_settled <> 0 or cell_estimates <> 0 or cell_revenue <> 0
  or refunds <> 0 or cost_direct <> 0 or cost_allocated <> 0
