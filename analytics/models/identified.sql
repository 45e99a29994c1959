-- what: every event with its creative: a click by the ladder, what follows by its click, else by the ladder
-- grain: one row per (sender, type, revenue_stage, id)
-- reads: laddered, click_spine, step_senders
-- promise: all steps of one click count for one creative, one ad and one country; what only corroborates is marked
-- refresh: rows
with spined as (
  select e.*, s.sender as click_sender, s.day as spine_day, s.visitor as click_visitor, s.traffic as click_traffic,
    s.creative_id as click_creative, s.identity_by as click_identity, s.network as click_network,
    s.account_id as click_account, s.campaign_id as click_campaign, s.adset_id as click_adset, s.ad_id as click_ad,
    s.placement as click_placement, s.country as click_country, s.device as click_device,
    -- A click that another sender tells too follows from itself, and not from the other.
    s.click_id is not null and (e.type <> 'click' or (s.sender = e.sender and s.id = e.id)) as follows
  from laddered e
  left join click_spine s on s.click_id = e.click_id)
select
  e.sender, e.type, e.revenue_stage, e.id, e.occurred_at, e.occurred_us, e.received_at, e.day, e.click_id,
  case when e.follows then coalesce(e.visitor, e.click_visitor) else e.visitor end as visitor, e.term, e.cost, e.currency,
  e.count, e.key_hash,
  -- A click that another sender tells too is counted there; a step with a system of record is counted from it.
  coalesce(r.sender, e.sender) = e.sender and (e.type <> 'click' or coalesce(e.click_sender, e.sender) = e.sender) as counts,
  e.follows as has_click, case when e.follows then e.spine_day end as click_day,
  case when e.follows and e.traffic = 'human' and e.click_traffic <> 'human' then e.click_traffic else e.traffic end
    as traffic,
  case when e.follows and e.type <> 'click' and e.click_creative is not null then e.click_creative else e.creative_id end
    as creative_id,
  case when e.follows and e.type <> 'click' and e.click_creative is not null then e.click_identity else e.identity_by end
    as identity_by,
  case when e.follows then coalesce(e.click_network, e.network) else e.network end as network,
  case when e.follows then coalesce(e.click_account, e.account_id) else e.account_id end as account_id,
  case when e.follows then coalesce(e.click_campaign, e.campaign_id) else e.campaign_id end as campaign_id,
  case when e.follows then coalesce(e.click_adset, e.adset_id) else e.adset_id end as adset_id,
  case when e.follows then coalesce(e.click_ad, e.ad_id) else e.ad_id end as ad_id,
  case when e.follows then coalesce(e.click_placement, e.placement) else e.placement end as placement,
  case when e.follows then coalesce(e.click_country, e.country) else e.country end as country,
  case when e.follows then coalesce(e.click_device, e.device) else e.device end as device
from spined e
left join step_senders r on r.step = e.type
