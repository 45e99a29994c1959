-- what: every event with the click and the visitor that its session, or the click id of a network, knows it by
-- grain: one row per (sender, type, revenue_stage, id)
-- reads: events, stitches
-- promise: what an event says of itself stays; nothing is written twice, only what it lacked is kept
-- refresh: view
select
  e.sender, e.type, e.revenue_stage, e.id, e.occurred_at, e.occurred_us, e.stated_at, e.received_at, e.content_hash, e.day,
  e.variant_id, coalesce(e.click_id, s.click_id) as click_id, coalesce(e.visitor, s.visitor) as visitor, e.session_id,
  e.network, e.account_id, e.campaign_id, e.campaign_name, e.adset_id, e.ad_id, e.ad_name, e.placement, e.offer_id,
  e.landing_page, e.term, e.country, e.device, e.conversion_kind, e.transaction_id, e.revenue, e.cost, e.currency,
  e.traffic, e.count, e.key_hash, e.sub_id, case when e.click_id is not null then 'click' else s.click_by end as click_by
from events e
left join stitches s on s.key_hash = e.key_hash
