-- what: every event with the click and the visitor that its session, or the click id of a network, knows it by
-- grain: one row per (sender, type, revenue_stage, id)
-- reads: events, network_clicks
-- promise: what an event says of itself stays; a session or a network's click id that means several clicks or visitors means none
-- refresh: rows
with spans as (
  select session_id, min(visitor) as visitor, max(visitor) as other_visitor,
    min(case when type = 'click' then click_id end) as click_id, max(case when type = 'click' then click_id end) as other_click
  from events where session_id is not null group by session_id),
-- A session nobody has a visitor of is a visitor.
sessions as (
  select session_id, case when visitor is null then session_id when visitor = other_visitor then visitor end as visitor,
    case when click_id = other_click then click_id end as click_id
  from spans),
-- A shop knows fbclid where a tracker has an id of its own: both saw the same click.
networked as (
  select name, value, min(click_id) as click_id from network_clicks
  where is_click group by name, value having min(click_id) = max(click_id)),
answered as (
  select a.key_hash, min(w.click_id) as click_id
  from network_clicks a join networked w on w.name = a.name and w.value = a.value
  where not a.is_click
  group by a.key_hash having min(w.click_id) = max(w.click_id)
  union all
  select key_hash, min(click_id) from network_clicks where is_click group by key_hash)
select
  e.sender, e.type, e.revenue_stage, e.id, e.occurred_at, e.occurred_us, e.stated_at, e.received_at, e.content_hash, e.day,
  e.variant_id,
  coalesce(e.click_id, a.click_id, case when e.type not in ('click', 'impression') then s.click_id end) as click_id,
  coalesce(e.visitor, s.visitor) as visitor, e.session_id, e.network, e.account_id, e.campaign_id, e.campaign_name,
  e.adset_id, e.ad_id, e.ad_name, e.placement, e.offer_id, e.landing_page, e.term, e.country, e.device, e.conversion_kind,
  e.transaction_id, e.revenue, e.cost, e.currency, e.traffic, e.count, e.key_hash, e.sub_id,
  case when e.click_id is not null then 'click' when a.click_id is not null then 'network_click_id'
    when e.type not in ('click', 'impression') and s.click_id is not null then 'session' end as click_by
from events e
left join sessions s on s.session_id = e.session_id
left join answered a on a.key_hash = e.key_hash
