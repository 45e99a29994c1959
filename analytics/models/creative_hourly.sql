-- what: counts and money of the last eight days per hour and creative
-- grain: one row per (day, hour, began_at, creative_id, sender, network, account_id, campaign_id, ad_id, country, device, conversion_kind)
-- reads: identified, click_outcomes, click_costs, click_spine, report_shares, report_parts, goals, headline_credits, settlement_cells
-- promise: adds up to facts_daily, day by day; what is known of a day only (reports, settlements of no goal) has no hour
-- refresh: sums
with parts as (
  select day, occurred_at as moment, creative_id, sender, network, account_id, campaign_id, ad_id, country, device,
    cast(null as varchar) as conversion_kind, type as measure, cast(count as bigint) as amount
  from identified
  where traffic = 'human' and counts and day >= cast($today as date) - 7
    and type in ('impression', 'click', 'landing_view', 'search_click', 'results_view', 'ad_click')
  union all
  select o.day, o.occurred_at, o.creative_id, o.sender, o.network, o.account_id, o.campaign_id, o.ad_id, o.country,
    o.device, null, m.measure,
    cast(case m.measure
      when 'sessions' then o.landing_sessions when 'search_sessions' then o.search_sessions
      when 'results_sessions' then o.results_sessions when 'ad_click_sessions' then o.ad_click_sessions
      else o.conversion_sessions end as bigint)
  from click_outcomes o
  cross join (
    select 'sessions' as measure union all select 'search_sessions' union all select 'results_sessions'
    union all select 'ad_click_sessions' union all select 'conversion_sessions') m
  where o.day >= cast($today as date) - 7
  union all
  select r.day, null, s.creative_id, r.sender, r.network, r.account_id, r.campaign_id, r.ad_id, r.country, null, null,
    case s.measure when 'cost' then 'cost' else 'reported_' || s.measure end, s.share
  from report_shares s join report_parts r on r.sender = s.sender and r.key_hash = s.key_hash
  where r.day >= cast($today as date) - 7 and s.measure in ('cost', 'impressions', 'clicks')
  union all
  -- Beneath a report of another zone a click's cost is booked on that report's day, which has other hours.
  select day, case when day = own_day then occurred_at end, creative_id, coalesce(report_sender, sender), network,
    coalesce(report_account, account_id), campaign_id, ad_id, country, device, null, 'cost', cast(cost * 1000000 as bigint)
  from click_costs where cost <> 0 and day >= cast($today as date) - 7
  union all
  -- Where money is booked on the day of its click, it is in the hour of its click.
  select g.booked_day, case when $kind = 'arbitrage' then coalesce(c.occurred_at, g.occurred_at) else g.occurred_at end,
    t.creative_id, g.sender, coalesce(t.network, g.network), coalesce(t.account_id, g.account_id),
    coalesce(t.campaign_id, g.campaign_id), coalesce(t.ad_id, g.ad_id), coalesce(t.country, g.country),
    coalesce(t.device, g.device), case when g.type = 'ad_click' then null else g.kind end, m.measure,
    case m.measure
      when 'conversions' then case when g.type = 'conversion' then g.conversions else 0 end
      else cast((g.amount - g.refunds) * 1000000 as bigint) end
  from goals g
  cross join (select 'conversions' as measure union all select 'revenue') m
  left join headline_credits t on t.goal_id = g.goal_id
  left join click_spine c on c.click_id = g.click_id
  where g.traffic = 'human' and g.booked_day >= cast($today as date) - 7
  union all
  select c.day, null, null, c.settles, null, null, c.campaign_id, c.ad_id, c.country, null, null, 'revenue',
    cast(c.unallocated * 1000000 as bigint)
  from settlement_cells c where c.unallocated <> 0 and c.day >= cast($today as date) - 7),
-- An hour begins on the clocks of the reporting zone, some of which are half an hour off: days consist of whole hours.
timed as (
  select *, epoch_us(moment) as moment_us,
    epoch_us(moment at time zone 'UTC' at time zone $timezone) as local_us
  from parts where amount <> 0),
pivoted as (
  select
    day, cast(local_us // 3600000000 % 24 as integer) as hour,
    make_timestamp(moment_us - local_us % 3600000000) as began_at,
    creative_id, sender, network, account_id, campaign_id, ad_id, country, device, conversion_kind,
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
    cast(sum(case when measure = 'cost' then amount else 0 end) as decimal(20, 0)) as cost,
    cast(sum(case when measure = 'revenue' then amount else 0 end) as decimal(20, 0)) as revenue
  from timed
  group by day, cast(local_us // 3600000000 % 24 as integer), make_timestamp(moment_us - local_us % 3600000000),
    creative_id, sender, network, account_id, campaign_id, ad_id, country, device, conversion_kind)
select
  day, hour, began_at, creative_id, sender, network, account_id, campaign_id, ad_id, country, device, conversion_kind,
  impressions, clicks, landing_views, search_clicks, results_views, ad_clicks, conversions, sessions, search_sessions,
  results_sessions, ad_click_sessions, conversion_sessions, reported_impressions, reported_clicks,
  cast(cost * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as cost,
  cast(revenue * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as revenue
from pivoted
-- What adds up to nothing is no row: a refresh moves the sums, and cannot know of it.
where impressions <> 0 or clicks <> 0 or landing_views <> 0 or search_clicks <> 0 or results_views <> 0 or ad_clicks <> 0
  or conversions <> 0 or sessions <> 0 or search_sessions <> 0 or results_sessions <> 0 or ad_click_sessions <> 0
  or conversion_sessions <> 0 or reported_impressions <> 0 or reported_clicks <> 0 or cost <> 0 or revenue <> 0
