-- The verdicts of the day that ended last, once it is closed; and the thresholds they were made by, where they are new.
create or replace table noted_verdicts as
select day, creative_id, window_days, network, campaign_id, country, verdict, action, reason, objective, target,
  p_meets_target, mature_clicks, p_beats_scope, net_per_click, thresholds_version, since, comparison,
  ahead, ahead_sd, net_mean, net_sd
from verdicts v
where exists (select 1 from noted_days n where n.day = v.day);
create or replace table noted_thresholds as
select t.* from thresholds t anti join history.thresholds h on h.version = t.version
