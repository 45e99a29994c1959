-- what: the first click of every click_id, which the other events of that click hang on
-- grain: one row per (click_id)
-- reads: laddered, step_senders
-- promise: a click_id that arrives twice is one click for whatever follows: the system of record's, else the first
-- refresh: rows
select
  click_id, sender, id, occurred_at, day, visitor, network, account_id, campaign_id, adset_id, ad_id, placement, country,
  device, traffic, creative_id, identity_by
from (
  select l.*, row_number() over (
    partition by l.click_id order by case when r.sender = l.sender then 0 else 1 end, l.occurred_at, l.sender, l.id) as nth
  from laddered l left join step_senders r on r.step = 'click'
  where l.type = 'click' and l.click_id is not null) ranked
where nth = 1
