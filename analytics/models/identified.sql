-- what: every event with its creative: a click by the ladder, what follows by its click, else by the ladder
-- grain: one row per (sender, type, revenue_stage, id)
-- reads: laddered, click_spine, step_senders
-- promise: all steps of one click count for one creative, one ad and one country; what only corroborates is marked
-- refresh: rows
select
  e.sender, e.type, e.revenue_stage, e.id, e.occurred_at, e.occurred_us, e.stated_at, e.received_at, e.content_hash, e.day,
  e.click_id, e.session_id,
  coalesce(e.visitor, c.visitor) as visitor, e.offer_id, e.landing_page, e.sub_id, e.term, e.conversion_kind, e.transaction_id,
  e.revenue, e.cost, e.currency, e.count, e.key_hash,
  -- A click that another sender tells too is counted there; a step with a system of record is counted from it.
  coalesce(r.sender, e.sender) = e.sender and (e.type <> 'click' or coalesce(s.sender, e.sender) = e.sender) as counts,
  c.click_id is not null as has_click, c.day as click_day,
  case when e.traffic = 'human' and c.traffic <> 'human' then c.traffic else e.traffic end as traffic,
  case when e.type <> 'click' and c.creative_id is not null then c.creative_id else e.creative_id end as creative_id,
  case when e.type <> 'click' and c.creative_id is not null then c.identity_by else e.identity_by end as identity_by,
  coalesce(c.network, e.network) as network, coalesce(c.account_id, e.account_id) as account_id,
  coalesce(c.campaign_id, e.campaign_id) as campaign_id, coalesce(c.adset_id, e.adset_id) as adset_id,
  coalesce(c.ad_id, e.ad_id) as ad_id, coalesce(c.placement, e.placement) as placement,
  coalesce(c.country, e.country) as country, coalesce(c.device, e.device) as device
from laddered e
left join click_spine c on c.click_id = e.click_id and (e.type <> 'click' or (c.sender = e.sender and c.id = e.id))
left join click_spine s on e.type = 'click' and s.click_id = e.click_id
left join step_senders r on r.step = e.type
