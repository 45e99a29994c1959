-- what: what speaks against every raw text that an ad sent, as flags
-- grain: one row per (network, account_id, ad_id, variant_id)
-- reads: rac_compliance
-- promise: flags overlap: a text may be cut off and look like an ad's name; only texts that are texts have any
-- refresh: whole
select network, account_id, ad_id, variant_id, creative_id, strpos(flags, 'looks_like_ad_name') > 0 as looks_like_ad_name,
  truncated, equals_terms, shorter_than_known_text
from rac_compliance where variant_id is not null and creative_id is not null
