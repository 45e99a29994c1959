-- what: the newest version of every report
-- grain: one row per (sender, key_hash)
-- reads: record.reports
-- promise: a report replaces its older versions; it is never added to events
-- refresh: rows
select
  sender, key_hash, stated_at, day, level, network, account_id, campaign_id, adset_id, ad_id, ad_name, country,
  coalesce(impressions, 0) as impressions, coalesce(clicks, 0) as clicks,
  cost is not null as has_cost, coalesce(cost, 0) as cost, coalesce(platform_conversions, 0) as platform_conversions,
  coalesce(platform_revenue, 0) as platform_revenue, currency
from (
  select *, row_number() over (partition by sender, key_hash order by stated_at desc, content_hash desc) as version
  from record.reports
  where received_at <= $received_to) versions
where version = 1
