-- what: events with the text they or their click carry, and with their ad's known account, campaign and ad set
-- grain: one row per (sender, type, revenue_stage, id)
-- reads: stitched, texts, click_texts, ads_known
-- promise: a click without a usable text takes the one text that the other events of its click_id agree on
-- refresh: view
select
  o.sender, o.type, o.revenue_stage, o.id, o.occurred_at, o.occurred_us, o.received_at, o.day, o.click_id, o.visitor,
  o.network, coalesce(o.account_id, k.account_id) as account_id, coalesce(o.campaign_id, k.campaign_id) as campaign_id,
  coalesce(o.adset_id, k.adset_id) as adset_id, o.ad_id, o.placement, o.term, o.country, o.device, o.cost, o.currency,
  o.traffic, o.count, o.key_hash, coalesce(t.creative_id, m.creative_id) as text_id
from stitched o
left join texts t on t.variant_id = o.variant_id
left join click_texts m on m.click_id = o.click_id
left join ads_known k on k.network = o.network and k.ad_id = o.ad_id
