-- what: the human clicks of every day with their conversions, money and squares, per creative, campaign, country, device and placement
-- grain: one row per (day, creative_id, network, campaign_id, country, device, placement)
-- reads: click_outcomes, caps
-- promise: what inference needs of single clicks, added up exactly; a grouped click has one row and its count
-- refresh: sums
with capped as (
  -- The largest hundredth of the converting clicks, cut to the cap of the install: comparisons would hang on it alone.
  select o.*, case when o.revenue_millionths > c.cap_millionths then c.cap_millionths else o.revenue_millionths end
    as capped_millionths
  from click_outcomes o cross join caps c where o.creative_id is not null),
summed as (
  select day, creative_id, network, campaign_id, country, device, placement, cast(sum(clicks) as bigint) as clicks,
    cast(sum(case when conversions > 0 then 1 else 0 end) as bigint) as converted,
    cast(sum(case when revenue_millionths <> 0 then 1 else 0 end) as bigint) as earning,
    cast(sum(conversions) as bigint) as conversions,
    cast(sum(conversions * conversions) as bigint) as conversions_squared,
    cast(sum(revenue_millionths) as bigint) as revenue_millionths,
    -- Squares need decimal(19): two decimal(18) multiply in 64 bits, and 1,000 of any currency overflow them.
    cast(sum(cast(revenue_millionths as decimal(19, 0)) * cast(revenue_millionths as decimal(19, 0))) as decimal(38, 0))
      as revenue_squared,
    cast(sum(capped_millionths) as bigint) as capped_millionths,
    cast(sum(cast(capped_millionths as decimal(19, 0)) * cast(capped_millionths as decimal(19, 0))) as decimal(38, 0))
      as capped_squared
  from capped
  group by day, creative_id, network, campaign_id, country, device, placement)
select * from summed
where clicks <> 0 or converted <> 0 or earning <> 0 or conversions <> 0 or conversions_squared <> 0
  or revenue_millionths <> 0 or revenue_squared <> 0 or capped_millionths <> 0 or capped_squared <> 0
