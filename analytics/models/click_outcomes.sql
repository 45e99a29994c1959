-- what: every human click with the funnel steps its session reached and the goals and money credited to it
-- grain: one row per (sender, id)
-- reads: identified, click_spine, steps_reported, headline_credits, main_kind
-- promise: sessions never increase along the reported steps; a grouped click (count > 1) stays one row with its count
-- refresh: rows
with followed as (
  select
    i.click_id,
    bool_or(i.type = 'landing_view') as landing, bool_or(i.type = 'search_click') as search,
    bool_or(i.type = 'results_view') as results, bool_or(i.type = 'ad_click' and i.count > 0) as ad_click
  from identified i
  where i.click_id is not null and i.traffic = 'human' and i.counts and i.type <> 'click'
  group by i.click_id),
headline as (
  select c.sender, c.id,
    cast(sum(case when c.conversion_kind = m.kind then c.conversions else 0 end) as bigint) as conversions,
    sum(c.revenue_millionths) as revenue_millionths
  from headline_credits c cross join main_kind m
  where c.touch_type = 'click'
  group by c.sender, c.id),
raw as (
  select
    i.sender, i.id, i.occurred_at, i.occurred_us, i.day, i.network, i.account_id, i.campaign_id, i.adset_id, i.ad_id, i.placement,
    i.country, i.device, i.creative_id, i.identity_by, i.count as clicks,
    coalesce(f.landing or (not r.landing and (f.search or f.results or f.ad_click)), false) as landing,
    coalesce(f.search, false) as search, coalesce(f.results, false) as results,
    coalesce(f.ad_click, false) as ad_click, coalesce(h.conversions, 0) as conversions,
    cast(coalesce(h.revenue_millionths, 0) as bigint) as revenue_millionths,
    r.search as search_reported, r.results as results_reported, r.landing as landing_reported
  from identified i
  cross join steps_reported r
  left join click_spine s on s.sender = i.sender and s.id = i.id
  left join followed f on f.click_id = s.click_id
  left join headline h on h.sender = i.sender and h.id = i.id
  where i.type = 'click' and i.traffic = 'human' and i.counts),
chained as (
  select *,
    landing and search as search_session,
    landing and (search or not search_reported) and results as results_session,
    landing and (search or not search_reported) and (results or not results_reported) and ad_click as ad_click_session
  from raw)
select
  sender, id, occurred_at, occurred_us, day, network, account_id, campaign_id, adset_id, ad_id, placement, country, device,
  creative_id, identity_by, clicks, conversions, revenue_millionths,
  case when landing then 1 else 0 end as landing_sessions, case when search_session then 1 else 0 end as search_sessions,
  case when results_session then 1 else 0 end as results_sessions,
  case when ad_click_session then 1 else 0 end as ad_click_sessions,
  case when conversions > 0 and (landing or not landing_reported) then 1 else 0 end as conversion_sessions
from chained
