-- The scorecard's verdicts, once per closed day: of the day that ended last.
create or replace table noted_verdicts as
select cast($today as date) - 1 as day, creative_id, window_days, network, campaign_id, country, verdict, action, reason,
  objective, target, p_meets_target, mature_clicks
from creative_scorecard
where verdict is not null and exists (select 1 from noted_days where day = cast($today as date) - 1)
