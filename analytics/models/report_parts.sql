-- what: reports as parts that do not overlap: ad rows, and what ad-set and campaign rows hold beyond the rows beneath
-- grain: one row per (sender, key_hash)
-- reads: reports_counted, rates
-- promise: a cost is counted once, however many levels report it; converted once, at the rate of its day, else cost is NULL
-- refresh: rows
with ad_rows as (
  select *, account_id as account, campaign_id as campaign, adset_id as adset from reports_counted
  where counts and level = 'ad'),
-- A campaign may come in a row per country: what lies beneath it is taken from the rows together, once.
upper_rows as (
  select *, sum(cost) over upto as cost_to, sum(impressions) over upto as impressions_to, sum(clicks) over upto as clicks_to,
    sum(platform_conversions) over upto as platform_conversions_to, sum(platform_revenue) over upto as platform_revenue_to
  from (
    select *, account_id as account, campaign_id as campaign, adset_id as adset from reports_counted
    where counts and level <> 'ad') upper_levels
  window upto as (
    partition by level, day, network, account, case level when 'adset' then adset else campaign end, currency
    order by country, sender, key_hash rows unbounded preceding)),
under_adset as (
  select day, network, account, adset, currency, sum(cost) as cost, sum(impressions) as impressions, sum(clicks) as clicks,
    sum(platform_conversions) as platform_conversions, sum(platform_revenue) as platform_revenue
  from ad_rows where adset is not null group by day, network, account, adset, currency),
adset_rest as (
  select a.sender, a.key_hash, a.day, a.network, a.account, a.campaign, a.adset, a.country, a.currency, a.has_cost,
    greatest(a.cost_to - coalesce(u.cost, 0), 0) - greatest(a.cost_to - a.cost - coalesce(u.cost, 0), 0) as cost,
    greatest(a.impressions_to - coalesce(u.impressions, 0), 0) - greatest(a.impressions_to - a.impressions - coalesce(u.impressions, 0), 0) as impressions,
    greatest(a.clicks_to - coalesce(u.clicks, 0), 0) - greatest(a.clicks_to - a.clicks - coalesce(u.clicks, 0), 0) as clicks,
    greatest(a.platform_conversions_to - coalesce(u.platform_conversions, 0), 0) - greatest(a.platform_conversions_to - a.platform_conversions - coalesce(u.platform_conversions, 0), 0) as platform_conversions,
    greatest(a.platform_revenue_to - coalesce(u.platform_revenue, 0), 0) - greatest(a.platform_revenue_to - a.platform_revenue - coalesce(u.platform_revenue, 0), 0) as platform_revenue
  from upper_rows a
  left join under_adset u
    on u.day = a.day and u.network is not distinct from a.network and u.account is not distinct from a.account
    and u.adset = a.adset and u.currency = a.currency
  where a.level = 'adset'),
under_campaign as (
  select day, network, account, campaign, currency, sum(cost) as cost, sum(impressions) as impressions,
    sum(clicks) as clicks, sum(platform_conversions) as platform_conversions, sum(platform_revenue) as platform_revenue
  from (
    select day, network, account, campaign, currency, cost, impressions, clicks, platform_conversions, platform_revenue
    from ad_rows
    union all
    select day, network, account, campaign, currency, cost, impressions, clicks, platform_conversions, platform_revenue
    from adset_rest) beneath
  where campaign is not null group by day, network, account, campaign, currency),
campaign_rest as (
  select c.sender, c.key_hash, c.day, c.network, c.account, c.campaign, c.country, c.currency, c.has_cost,
    greatest(c.cost_to - coalesce(u.cost, 0), 0) - greatest(c.cost_to - c.cost - coalesce(u.cost, 0), 0) as cost,
    greatest(c.impressions_to - coalesce(u.impressions, 0), 0) - greatest(c.impressions_to - c.impressions - coalesce(u.impressions, 0), 0) as impressions,
    greatest(c.clicks_to - coalesce(u.clicks, 0), 0) - greatest(c.clicks_to - c.clicks - coalesce(u.clicks, 0), 0) as clicks,
    greatest(c.platform_conversions_to - coalesce(u.platform_conversions, 0), 0) - greatest(c.platform_conversions_to - c.platform_conversions - coalesce(u.platform_conversions, 0), 0) as platform_conversions,
    greatest(c.platform_revenue_to - coalesce(u.platform_revenue, 0), 0) - greatest(c.platform_revenue_to - c.platform_revenue - coalesce(u.platform_revenue, 0), 0) as platform_revenue
  from upper_rows c
  left join under_campaign u
    on u.day = c.day and u.network is not distinct from c.network and u.account is not distinct from c.account
    and u.campaign = c.campaign and u.currency = c.currency
  where c.level = 'campaign'),
parts as (
  select sender, key_hash, day, 'ad' as level, network, account, campaign, adset, ad_id, country, currency, has_cost, cost,
    impressions, clicks, platform_conversions, platform_revenue
  from ad_rows
  union all
  select sender, key_hash, day, 'adset', network, account, campaign, adset, null, country, currency, has_cost, cost,
    impressions, clicks, platform_conversions, platform_revenue
  from adset_rest
  union all
  select sender, key_hash, day, 'campaign', network, account, campaign, null, null, country, currency, has_cost, cost,
    impressions, clicks, platform_conversions, platform_revenue
  from campaign_rest)
select p.sender, p.key_hash, p.day, p.level, p.network, p.account as account_id, p.campaign as campaign_id, p.adset as adset_id,
  p.ad_id, p.country, p.currency, p.has_cost, cast(p.cost as decimal(38, 6)) as stated_cost,
  cast(cast(p.cost as decimal(20, 6)) * r.rate as decimal(38, 6)) as cost, cast(p.impressions as bigint) as impressions,
  cast(p.clicks as bigint) as clicks, cast(p.platform_conversions as bigint) as platform_conversions,
  cast(cast(p.platform_revenue as decimal(20, 6)) * r.rate as decimal(38, 6)) as platform_revenue
from parts p
left join rates r on r.currency = p.currency and p.day >= r.first_day and (r.next_day is null or p.day < r.next_day)
