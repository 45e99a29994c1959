-- what: the first click of every click_id, which the other events of that click hang on
-- grain: one row per (click_id)
-- reads: laddered
-- promise: a click_id that arrives twice is one click for whatever follows
select
  click_id, sender, id, occurred_at, day, visitor, network, account_id, campaign_id, adset_id, ad_id, placement, country,
  device, traffic, creative_id, identity_by
from (
  select *, row_number() over (partition by click_id order by occurred_at, sender, id) as nth
  from laddered where type = 'click' and click_id is not null) ranked
where nth = 1
