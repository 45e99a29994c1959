-- The cell in which each goal's money stands: the headline touch's, else its own.
create or replace table history_goal_cells as
select g.goal_id, g.sender, g.type, g.id, g.booked_day as day, t.creative_id, coalesce(t.network, g.network) as network,
  coalesce(t.campaign_id, g.campaign_id) as campaign_id
from goals g
left join headline_credits t on t.goal_id = g.goal_id
