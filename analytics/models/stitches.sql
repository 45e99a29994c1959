-- what: the click and the visitor that an event without one is known by: of its session, or by the click id of a network
-- grain: one row per (key_hash)
-- reads: events, network_clicks
-- promise: only what an event does not say itself; a session or a network's click id that means several clicks or visitors means none
-- refresh: rows
with lacking as (
  select key_hash, type, session_id, click_id, visitor from events where click_id is null or visitor is null),
-- Most sessions say everything with each event: they are not added up.
asked as (
  select distinct session_id from lacking
  where session_id is not null and (visitor is null or type not in ('click', 'impression'))),
spans as (
  select e.session_id, min(e.visitor) as visitor, max(e.visitor) as other_visitor,
    min(case when e.type = 'click' then e.click_id end) as click_id,
    max(case when e.type = 'click' then e.click_id end) as other_click
  from events e join asked a on a.session_id = e.session_id group by e.session_id),
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
  select key_hash, min(click_id) from network_clicks where is_click group by key_hash),
known as (
  select e.key_hash, case when e.click_id is null then a.click_id end as of_network,
    case when e.click_id is null and e.type not in ('click', 'impression') then s.click_id end as of_session,
    case when e.visitor is null then s.visitor end as visitor
  from lacking e
  left join sessions s on s.session_id = e.session_id
  left join answered a on a.key_hash = e.key_hash)
select key_hash, coalesce(of_network, of_session) as click_id, visitor,
  case when of_network is not null then 'network_click_id' when of_session is not null then 'session' end as click_by
from known where of_network is not null or of_session is not null or visitor is not null
