-- what: when every creative was seen on a day, on which network, with which ad, and by which rung of the ladder
-- grain: one row per (day, creative_id, network, ad_id, identity_by)
-- reads: identified
-- promise: what `creatives` says of the first and the last time, of networks and ads, without reading every event again
-- refresh: keys (day, creative_id) of identified
select day, creative_id, network, ad_id, identity_by, min(occurred_at) as first_seen, max(occurred_at) as last_seen
from identified where creative_id is not null
group by day, creative_id, network, ad_id, identity_by
