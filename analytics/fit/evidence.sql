-- what: what verdicts and fatigue are inferred from: each creative's closed days in its scope, and beside the rest of it
-- grain: one row per (day, creative_id, network, campaign_id, country)
-- reads: outcome_days, whole_campaigns, facts_daily
-- promise: sums only; a kept fit table: only fits read it, so that no cycle makes it, and late news count with the next fit
-- `converted` are the clicks that did what the objective counts: converted for a CPA, earned for money. The comparison
-- is stratified by day, device and placement, on common support: where both the creative and the rest have clicks.
-- `…_variance` is that of the permutation within strata, under which both are alike (Mantel and Haenszel 1959;
-- hypergeometric for counts, n·m/(N(N−1))·SS for money); `…_variance_apart` lets their rates differ.
with clicked as (
  select o.day, o.creative_id, o.network, o.campaign_id,
    case when w.campaign_id is null then o.country end as country, o.device, o.placement,
    sum(o.clicks) as clicks, sum(case when $objective = 'cpa' then o.converted else o.earning end) as converted,
    sum(o.conversions) as conversions, sum(o.conversions_squared) as conversions_squared,
    sum(o.revenue_millionths) as revenue, sum(o.revenue_squared) as revenue_squared,
    sum(o.capped_millionths) as capped, sum(o.capped_squared) as capped_squared
  from outcome_days o
  left join whole_campaigns w on w.network = o.network and w.campaign_id = o.campaign_id
  where o.network is not null and o.day <= $through
  group by all),
strata as (
  select *, cast(clicks as double) as n, cast(converted as double) as k, cast(capped as double) / 1e6 as s,
    cast(capped_squared as double) / 1e12 as q, cast(sum(clicks) over stratum as double) as all_n,
    cast(sum(converted) over stratum as double) as all_k, cast(sum(capped) over stratum as double) / 1e6 as all_s,
    cast(sum(capped_squared) over stratum as double) / 1e12 as all_q
  from clicked
  window stratum as (partition by day, network, campaign_id, country, device, placement)),
shared as (select *, all_n - n as rest, n > 0 and all_n > n as is_compared from strata),
measured as (
  select day, creative_id, network, campaign_id, country, clicks, converted, conversions, conversions_squared, revenue,
    revenue_squared, capped, capped_squared, case when is_compared then clicks else 0 end as clicks_compared,
    case when is_compared then cast(rest as bigint) else 0 end as rest_compared,
    -- Sums of doubles differ from run to run: rounded first, they are exact.
    cast(case when is_compared then n * rest / all_n else 0 end as decimal(38, 12)) as weight_compared,
    cast(case when is_compared then k else 0 end as decimal(38, 12)) as converted_observed,
    cast(case when is_compared then all_k * n / all_n else 0 end as decimal(38, 12)) as converted_expected,
    cast(case when is_compared then n * rest * all_k * greatest(all_n - all_k, 0) / (all_n * all_n * (all_n - 1)) else 0 end
      as decimal(38, 12)) as converted_variance,
    cast(case when is_compared then (rest * rest * k + n * n * (all_k - k)) / (all_n * all_n) else 0 end
      as decimal(38, 12)) as converted_variance_apart,
    cast(case when is_compared then s else 0 end as decimal(38, 12)) as capped_observed,
    cast(case when is_compared then all_s * n / all_n else 0 end as decimal(38, 12)) as capped_expected,
    cast(case when is_compared then n * rest * greatest(all_q - all_s * all_s / all_n, 0) / (all_n * (all_n - 1)) else 0 end
      as decimal(38, 12)) as capped_variance,
    cast(case when is_compared then (rest * rest * q + n * n * (all_q - q)) / (all_n * all_n) else 0 end
      as decimal(38, 12)) as capped_variance_apart,
    cast(0 as decimal(38, 6)) as cost, cast(0 as decimal(38, 6)) as cost_allocated
  from shared),
spent as (
  select f.day, f.creative_id, f.network, f.campaign_id, case when w.campaign_id is null then f.country end as country,
    sum(f.cost_direct + f.cost_allocated) as cost, sum(f.cost_allocated) as cost_allocated
  from facts_daily f
  left join whole_campaigns w on w.network = f.network and w.campaign_id = f.campaign_id
  where f.creative_id is not null and f.network is not null and f.day <= $through
  group by all having sum(f.cost_direct + f.cost_allocated) <> 0),
together as (
  select * from measured
  union all by name
  select * from spent)
select day, creative_id, network, campaign_id, country, cast(coalesce(sum(clicks), 0) as bigint) as clicks,
  cast(coalesce(sum(converted), 0) as bigint) as converted, cast(coalesce(sum(conversions), 0) as bigint) as conversions,
  cast(coalesce(sum(conversions_squared), 0) as bigint) as conversions_squared,
  cast(coalesce(sum(revenue), 0) as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as revenue,
  cast(coalesce(sum(revenue_squared), 0) as double) / 1e12 as revenue_squared,
  cast(coalesce(sum(capped), 0) as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as revenue_capped,
  cast(coalesce(sum(capped_squared), 0) as double) / 1e12 as capped_squared,
  cast(sum(cost) as decimal(38, 6)) as cost, cast(sum(cost_allocated) as decimal(38, 6)) as cost_allocated,
  cast(coalesce(sum(clicks_compared), 0) as bigint) as clicks_compared,
  cast(coalesce(sum(rest_compared), 0) as bigint) as rest_compared,
  coalesce(sum(weight_compared), 0) as weight_compared, coalesce(sum(converted_observed), 0) as converted_observed,
  coalesce(sum(converted_expected), 0) as converted_expected, coalesce(sum(converted_variance), 0) as converted_variance,
  coalesce(sum(converted_variance_apart), 0) as converted_variance_apart,
  coalesce(sum(capped_observed), 0) as capped_observed, coalesce(sum(capped_expected), 0) as capped_expected,
  coalesce(sum(capped_variance), 0) as capped_variance, coalesce(sum(capped_variance_apart), 0) as capped_variance_apart
from together
group by day, creative_id, network, campaign_id, country
