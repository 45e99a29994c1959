-- what: the first click of every click_id, which the other events of that click hang on
-- grain: one row per (click_id)
-- reads: laddered, step_senders
-- promise: a click_id that arrives twice is one click for whatever follows: the system of record's, else the first
-- refresh: rows
-- Nearly every click_id arrives once, and only what does not is ranked: half of what ranking all of them costs.
with again as (
  select click_id from laddered where type = 'click' and click_id is not null group by click_id having count(*) > 1),
ranked as (
  select l.click_id, l.key_hash, row_number() over (
    partition by l.click_id order by case when r.sender = l.sender then 0 else 1 end, l.occurred_at, l.sender, l.id) as nth
  from laddered l
  join again a on a.click_id = l.click_id
  left join step_senders r on r.step = 'click'
  where l.type = 'click')
select
  l.click_id, l.sender, l.id, l.occurred_at, l.day, l.visitor, l.network, l.account_id, l.campaign_id, l.adset_id, l.ad_id,
  l.placement, l.country, l.device, l.traffic, l.creative_id, l.identity_by
from laddered l
left join ranked r on r.key_hash = l.key_hash
where l.type = 'click' and l.click_id is not null and (r.nth is null or r.nth = 1)
