-- what: every goal with its money where the facts book it: on its day, with the campaign that the headline rule credits
-- grain: one row per (goal_id)
-- reads: goals, click_spine, headline_credits
-- promise: tests are nowhere; occurred_at is the moment that gives the day, the click's where its day counts
-- refresh: rows
select g.goal_id, g.sender, g.type, g.id, g.traffic, g.conversions, g.amount - g.refunds as amount, g.settled,
  g.day as goal_day, g.booked_day as day,
  case when $kind = 'arbitrage' then coalesce(s.occurred_at, g.occurred_at) else g.occurred_at end as occurred_at,
  coalesce(t.network, g.network) as network, coalesce(t.account_id, g.account_id) as account_id,
  coalesce(t.campaign_id, g.campaign_id) as campaign_id
from goals g
left join click_spine s on s.click_id = g.click_id
left join headline_credits t on t.goal_id = g.goal_id
where g.traffic <> 'test'
