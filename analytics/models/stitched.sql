-- what: every event with the click and the visitor that its session, or the click id of a network, knows it by
-- grain: one row per (sender, type, revenue_stage, id)
-- reads: events, stitches
-- promise: what an event says of itself stays; what only money needs stays with the event
-- refresh: view
select
  e.sender, e.type, e.revenue_stage, e.id, e.occurred_at, e.occurred_us, e.received_at, e.day, e.variant_id,
  coalesce(e.click_id, s.click_id) as click_id, coalesce(e.visitor, s.visitor) as visitor, e.network, e.account_id,
  e.campaign_id, e.adset_id, e.ad_id, e.placement, e.term, e.country, e.device, e.cost, e.currency, e.traffic, e.count,
  e.key_hash, case when e.click_id is not null then 'click' else s.click_by end as click_by
from events e
left join stitches s on s.key_hash = e.key_hash
