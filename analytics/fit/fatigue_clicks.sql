-- what: clicks and what they brought on mature days, per creative and scope, whole and as compared within strata
-- grain: one row per (day, creative_id, network, campaign_id, country)
-- reads: evidence_days
-- promise: a CPA counts clicks that converted; all else counts their capped money
select
  cast(dense_rank() over (order by creative_id, network, campaign_id, country) - 1 as bigint) as unit,
  cast(dense_rank() over (order by network, campaign_id, country) - 1 as bigint) as scope,
  cast(day - cast('1970-01-01' as date) as bigint) as day, creative_id, network, campaign_id, country,
  cast(case when $objective = 'cpa' then converted else revenue_capped end as double) as observed,
  cast(clicks as double) as exposure,
  cast(case when $objective = 'cpa' then converted_observed else capped_observed end as double) as observed_compared,
  cast(case when $objective = 'cpa' then converted_expected else capped_expected end as double) as exposure_compared
from evidence_days
where day between $first and $last and clicks > 0
order by unit, day
