-- what: every statement in force, as a platform made it: reports, settlements and rows of the ad catalogue, read from the archive in Parquet
-- grain: one row per (statement, sender, key_hash)
-- reads: sealed.reports, sealed.settlements, sealed.ads
-- promise: the newest version of each key, as far as it is sealed: archive_reach says how far; which of several senders counts for the money is reconciliation's to say
select
  received_day, statement, sender, key_hash, day, stated_at, received_at, level, network, account_id, campaign_id,
  campaign_name, adset_id, ad_id, ad_name, country, impressions, clicks, cost, platform_conversions, platform_revenue,
  revenue, currency, offer_id, landing_page, sub_id, valid_from, creative_raw, variant_id, asset_id, thumbnail_url,
  properties, delivery_id, item_index
from (
  select *, row_number() over (
    partition by statement, sender, key_hash order by stated_at desc, content_hash desc) as version
  from (
    select 'report' as statement, * from sealed.reports
    union all by name select 'settlement' as statement, * from sealed.settlements
    union all by name select 'ad' as statement, * from sealed.ads) told) ranked
where version = 1
