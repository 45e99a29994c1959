-- what: the creative of every raw text, aliases applied
-- grain: one row per (variant_id)
-- reads: record.creative_variants, record.creative_aliases
-- promise: creative_id is null where the text is no text (macro, placeholder, missing)
-- refresh: whole
select v.variant_id, coalesce(a.canonical_id, v.creative_id) as creative_id, v.status
from record.creative_variants v
left join record.creative_aliases a on a.creative_id = v.creative_id
