-- what: every goal that counts (conversions, monetised ad clicks) with its money, settled or estimated, and money without a goal
-- grain: one row per (goal_id)
-- reads: goals_told, goal_money, settlement_shares, senders
-- promise: every transaction's money stands on exactly one row; a settlement takes the place of the estimates it covers
-- refresh: rows
with money as (
  select goal_id, sum(amount) as amount, sum(refunds) as refunds, min(case when settled then 1 else 0 end) as settled
  from goal_money where amount is not null group by goal_id)
select
  g.goal_id, g.sender, g.type, g.id, g.occurred_at, g.occurred_us, g.day, g.click_id, g.visitor, g.traffic, g.kind,
  g.creative_id, g.identity_by, g.has_click, g.network, g.account_id, g.campaign_id, g.adset_id, g.ad_id, g.placement,
  g.country, g.device, g.conversions, g.booked_day,
  coalesce(s.stated_day, cast(g.occurred_at at time zone 'UTC' at time zone coalesce(n.timezone, 'UTC') as date))
    as stated_day,
  coalesce(s.mixed_day, coalesce(n.timezone, 'UTC') <> $timezone) as mixed_day,
  cast(coalesce(m.amount, 0) as decimal(38, 6)) as estimate,
  cast(coalesce(s.amount, m.amount, 0) as decimal(38, 6)) as amount, cast(coalesce(m.refunds, 0) as decimal(38, 6)) as refunds,
  s.amount is not null or coalesce(m.settled, 1) = 1 as settled, s.settlement_sender, s.settlement_key,
  case when s.amount is not null then s.settlement_factor end as settlement_factor
from goals_told g
left join money m on m.goal_id = g.goal_id
left join settlement_shares s on s.goal_id = g.goal_id
left join senders n on n.sender = g.sender
