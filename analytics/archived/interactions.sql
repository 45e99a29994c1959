-- what: every interaction in force, as it was told and never interpreted, read from the archive in Parquet
-- grain: one row per (sender, type, revenue_stage, id)
-- reads: sealed.interactions, archive_rows.versions, freshness, creative_variants
-- promise: the interactions that the marts were made of, as far as they are sealed: archive_reach says how far; duplicates, replayed and displaced rows and older versions are not here
select
  s.received_day,
  cast(coalesce(v.first_at, s.occurred_at) at time zone 'UTC' at time zone f.timezone as date) as day,
  s.sender, s.type, s.revenue_stage, s.id, coalesce(v.first_at, s.occurred_at) as occurred_at, s.received_at, s.stated_at,
  s.creative_raw, s.variant_id, c.creative_id as text_creative_id,
  s.click_id, s.click_ids, s.visitor, s.session_id, s.network, s.account_id, s.campaign_id, s.campaign_name, s.adset_id,
  s.ad_id, s.ad_name, s.placement, s.offer_id, s.landing_page, s.term, s.country, s.device, s.conversion_kind,
  s.transaction_id, s.revenue, s.cost, s.currency, s.traffic, s.consent, s.count, s.properties, s.delivery_id, s.item_index
from sealed.interactions s
cross join freshness f
left join archive_rows.versions v on v.key_hash = s.key_hash
left join creative_variants c on c.variant_id = s.variant_id
where v.key_hash is null or v.content_hash = s.content_hash
