-- what: the clicks of every day by the raw text that came with them, and what became of them
-- grain: one row per (day, creative_id, variant_id)
-- reads: click_outcomes, events
-- promise: variant_id is NULL where the click came without a text; clicks and sessions add up to facts_daily; money is of the click's day
-- refresh: sums
with summed as (
  select o.day, o.creative_id, e.variant_id, cast(sum(o.clicks) as bigint) as clicks,
    cast(sum(o.landing_sessions) as bigint) as sessions, cast(sum(o.search_sessions) as bigint) as search_sessions,
    cast(sum(o.results_sessions) as bigint) as results_sessions,
    cast(sum(o.ad_click_sessions) as bigint) as ad_click_sessions,
    cast(sum(o.conversion_sessions) as bigint) as conversion_sessions, cast(sum(o.conversions) as bigint) as conversions,
    cast(cast(sum(o.revenue_millionths) as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as revenue
  from click_outcomes o
  join events e on e.type = 'click' and e.sender = o.sender and e.id = o.id
  where o.creative_id is not null
  group by o.day, o.creative_id, e.variant_id)
select * from summed
where clicks <> 0 or sessions <> 0 or search_sessions <> 0 or results_sessions <> 0 or ad_click_sessions <> 0
  or conversion_sessions <> 0 or conversions <> 0 or revenue <> 0
