-- what: every row of the ad catalogue in force: posted by senders, or learned from texts that came with an ad
-- grain: one row per (origin, sender, key_hash, content_hash, network, account_id, ad_id, variant_id)
-- reads: record.ads
-- promise: a copy of its own: learned rows are written anew with every text, and a refresh has to see what changed
-- refresh: whole
select origin, sender, key_hash, content_hash, network, account_id, ad_id, variant_id, stated_at, received_at, valid_from,
  ad_name, campaign_id, adset_id, lower(json_extract_string(properties, '$.compliance_status')) as compliance_status,
  json_extract_string(properties, '$.compliance_explanation') as compliance_explanation,
  json_extract_string(properties, '$.compliance_checked_at') as compliance_checked_at,
  json_extract_string(properties, '$.compliance_changed_at') as compliance_changed_at
from record.ads where received_at <= $received_to
