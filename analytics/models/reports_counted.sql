-- what: every report with its ad's known account, whether it counts or corroborates, and what it holds beyond finer rows of its own
-- grain: one row per (sender, key_hash)
-- reads: reports_now, ads_known, campaign_accounts, spend_senders
-- promise: of one ad, day and country one sender's report counts; a row for all countries counts less those that name theirs
-- refresh: rows
with known as (
  select r.*, coalesce(r.account_id, k.account_id, a.account_id) as account, coalesce(r.campaign_id, k.campaign_id) as campaign,
    coalesce(r.adset_id, k.adset_id) as adset, coalesce(r.country, k.country) as country_known,
    case r.level when 'ad' then r.ad_id when 'adset' then r.adset_id else r.campaign_id end as level_id,
    coalesce(s.sender, r.sender) = r.sender as may_count
  from reports_now r
  left join ads_known k on k.network = r.network and k.ad_id = r.ad_id
  left join campaign_accounts a on a.network is not distinct from r.network and a.campaign_id = r.campaign_id
  left join spend_senders s on s.network = r.network),
-- Who states a cost comes before who does not; then the newer statement.
ranked as (
  select *, may_count and row_number() over (
    partition by network, account, level, level_id, day, country
    order by may_count desc, has_cost desc, stated_at desc, sender, key_hash) = 1 as counts
  from known),
finer as (
  select network, account, level, level_id, day, currency, sum(cost) as cost, sum(impressions) as impressions,
    sum(clicks) as clicks, sum(platform_conversions) as platform_conversions, sum(platform_revenue) as platform_revenue
  from ranked where counts and country is not null
  group by network, account, level, level_id, day, currency)
select
  r.sender, r.key_hash, r.day, r.level, r.network, r.account as account_id, r.campaign as campaign_id, r.adset as adset_id,
  r.ad_id, r.country_known as country, r.currency, r.counts, r.has_cost, cast(r.cost as decimal(38, 6)) as stated_cost,
  greatest(r.cost - coalesce(f.cost, 0), 0) as cost,
  greatest(r.impressions - coalesce(f.impressions, 0), 0) as impressions,
  greatest(r.clicks - coalesce(f.clicks, 0), 0) as clicks,
  greatest(r.platform_conversions - coalesce(f.platform_conversions, 0), 0) as platform_conversions,
  greatest(r.platform_revenue - coalesce(f.platform_revenue, 0), 0) as platform_revenue
from ranked r
left join finer f
  on r.country is null and f.network is not distinct from r.network and f.account is not distinct from r.account
  and f.level = r.level and f.level_id = r.level_id and f.day = r.day and f.currency = r.currency
