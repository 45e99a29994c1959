-- what: creative ids in the facts or the credit that stand in no row of creatives
-- reads: facts_daily, creative_credit, creative_rules, creative_removal_effects, creatives
select f.creative_id
from (select creative_id from facts_daily union select creative_id from creative_credit
  union select creative_id from creative_rules union select creative_id from creative_removal_effects) f
left join creatives c on c.creative_id = f.creative_id
where f.creative_id is not null and c.creative_id is null
