-- The interactions that came since, where they stand now, and what that makes them to a day that was closed.
create or replace table history_events as
select i.sender, i.type, i.revenue_stage, i.id, i.day, i.creative_id, i.network, i.campaign_id, i.ad_id, i.click_id,
  case when f.replayed then 'replay' when f.again then 'revision' when i.type = 'refund' then 'refund'
    else 'late_data' end as cause
from identified i
join history_fresh f on f.kind = 'interaction' and f.sender = i.sender and f.type = i.type and f.id = i.id
  and f.revenue_stage is not distinct from i.revenue_stage
