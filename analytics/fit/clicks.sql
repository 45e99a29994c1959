-- what: every click of closed days that can be a touch, in the order of its visitor; one that names no visitor is alone
-- reads: laddered, click_spine, step_senders, removed_networks
with crowds as (
  select visitor from laddered where type = 'click' and visitor is not null
  group by visitor having count(*) > $visitor_clicks_max)
select l.key_hash, l.sender, l.id, l.creative_id, l.day, l.occurred_us,
  hash(coalesce(case when c.visitor is null then l.visitor end, 'click ' || l.key_hash)) as unit
from laddered l
left join click_spine s on s.click_id = l.click_id
left join step_senders r on r.step = 'click'
left join crowds c on c.visitor = l.visitor
left join removed_networks n on n.network = l.network
where l.type = 'click' and l.traffic = 'human' and l.creative_id is not null and l.day <= $through and n.network is null
  and (s.sender = l.sender and s.id = l.id or l.click_id is null and coalesce(r.sender, l.sender) = l.sender)
