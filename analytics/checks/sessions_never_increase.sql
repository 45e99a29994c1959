-- what: steps that more sessions reached than the step before
-- reads: funnel_daily
select day, network, campaign_id, step, sessions, sessions_before
from funnel_daily
where sessions > sessions_before and step <> 'conversion'
