-- what: the account of every campaign that its reports name, where they all name the same
-- grain: one row per (network, campaign_id)
-- reads: reports_now
-- promise: a campaign's report without its account finds the one that the others name; of two accounts it finds none
-- refresh: whole
select network, campaign_id, case when count(distinct account_id) = 1 then max(account_id) end as account_id
from reports_now where campaign_id is not null group by network, campaign_id
