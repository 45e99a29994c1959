-- what: what was found of every series, with what it nets since the change and what it had shown before
-- grain: one row per (creative_id, network, campaign_id, country, metric)
-- reads: fatigue_found, evidence_days, facts_daily, whole_campaigns
-- promise: net per click is of mature days since the change; impressions are all that were ever reported before it
with found as (select * from fatigue_found),
netted as (
  select f.creative_id, f.network, f.campaign_id, f.country, f.metric, sum(e.cost) as cost,
    case when sum(e.clicks) > 0 then (
      case $objective when 'roas' then cast(sum(e.revenue) as double) / nullif($target, 0)
        when 'cpa' then sum(e.conversions) * $target
        else cast(sum(e.revenue) as double) - sum(e.clicks) * $target end - cast(sum(e.cost) as double))
      / sum(e.clicks) end as net
  from found f
  join evidence_days e on e.creative_id = f.creative_id and e.network = f.network
    and e.campaign_id is not distinct from f.campaign_id and e.country is not distinct from f.country
    and e.day between f.since and $last
  group by all),
seen as (
  select f.creative_id, f.network, f.campaign_id, f.country, f.metric, sum(d.reported_impressions) as impressions
  from found f
  join facts_daily d on d.creative_id = f.creative_id and d.network = f.network
    and d.campaign_id is not distinct from f.campaign_id and d.day < f.since
  left join whole_campaigns w on w.network = d.network and w.campaign_id = d.campaign_id
  where case when w.campaign_id is null then d.country end is not distinct from f.country
  group by all)
select
  f.creative_id, f.network, f.campaign_id, f.country, f.metric, f.days, f.compared_with, f.since, f.since_low,
  f.since_high, f.before, f.after, f.decline, f.decline_low, f.decline_high, f.p_value, f.q_value, f.fatigued,
  case when n.cost > 0 then round(n.net, 6) end as net_after,
  case when n.cost > 0 then n.net > 0 end as still_meets_target,
  cast(s.impressions as bigint) as impressions_before, f.note
from found f
left join netted n on n.creative_id = f.creative_id and n.network = f.network and n.metric = f.metric
  and n.campaign_id is not distinct from f.campaign_id and n.country is not distinct from f.country
left join seen s on s.creative_id = f.creative_id and s.network = f.network and s.metric = f.metric
  and s.campaign_id is not distinct from f.campaign_id and s.country is not distinct from f.country
