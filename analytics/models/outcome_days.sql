-- what: the human clicks of every day with their conversions, money and its square, per creative, campaign and country
-- grain: one row per (day, creative_id, network, campaign_id, country)
-- reads: click_outcomes
-- promise: what the scorecard needs of single clicks, added up exactly; a grouped click has one row and its count
-- refresh: sums
select day, creative_id, network, campaign_id, country, cast(sum(clicks) as bigint) as clicks,
  cast(sum(case when conversions > 0 then 1 else 0 end) as bigint) as converted,
  cast(sum(revenue_millionths) as bigint) as revenue_millionths,
  -- Squares need decimal(19): two decimal(18) multiply in 64 bits, and 1,000 of any currency overflow them.
  cast(sum(cast(revenue_millionths as decimal(19, 0)) * cast(revenue_millionths as decimal(19, 0))) as decimal(38, 0))
    as revenue_squared
from click_outcomes where creative_id is not null
group by day, creative_id, network, campaign_id, country
having sum(clicks) <> 0 or sum(revenue_millionths) <> 0 or sum(case when conversions > 0 then 1 else 0 end) <> 0
  or sum(cast(revenue_millionths as decimal(19, 0)) * cast(revenue_millionths as decimal(19, 0))) <> 0
