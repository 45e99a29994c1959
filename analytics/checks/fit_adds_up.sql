-- what: classical totals that are not all conversions and money of the fit's journeys, effects that are no share, broken Shapley shares
-- reads: creative_removal_effects, paths, shapley_weights
with told as (
  select conversion_kind, null_journeys, chain_order, sum(conversions) as conversions, sum(revenue) as revenue,
    max(case when removal_effect between 0 and 1 and reach between 0 and 1 then 0 else 1 end) as no_share
  from creative_removal_effects group by conversion_kind, null_journeys, chain_order),
journeys as (
  select conversion_kind, sum(conversions) as conversions, sum(revenue) as revenue
  from paths group by conversion_kind)
select 'classical' as what, t.conversion_kind, cast(t.conversions as varchar) as found,
  cast(j.conversions as varchar) as expected
from told t join journeys j on j.conversion_kind = t.conversion_kind
where t.no_share = 1 or t.conversions <> j.conversions or t.revenue <> j.revenue
union all
select 'shapley', conversion_kind, cast(sum(weight) as varchar), '1000000'
from shapley_weights group by conversion_kind, creatives having sum(weight) <> 1000000 or min(weight) < 0
