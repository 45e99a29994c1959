-- what: events and exposure of every creative with a text of its own, per metric and stratum, of closed, mature days
-- reads: creatives, facts_daily, outcome_days
-- A stratum is a campaign, a country and four weeks counted back from the last day: rates of another season, market or
-- audience are never compared. Without a campaign there is nothing to compare within.
with worded as (select creative_id from creatives where identity_by <> 'ad' and status = 'ok'),
facts as (
  select f.day, f.creative_id, f.sender, f.network, f.campaign_id, f.country,
    cast($through as date) - f.day as age, f.impressions, f.clicks, f.reported_impressions, f.reported_clicks
  from facts_daily f
  where f.network is not null and f.campaign_id is not null and f.creative_id is not null
    and f.day between cast($first as date) and cast($through as date)),
-- Both sides of a rate in one's word: where a campaign's impressions are reported, its clicks are, too.
reporting as (
  select network, campaign_id from facts group by network, campaign_id having sum(reported_impressions) > 0),
observing as (
  select day, sender, network, campaign_id from facts group by day, sender, network, campaign_id
  having sum(impressions) > 0),
seen as (
  select f.creative_id, f.network, f.campaign_id, f.country, f.age, f.reported_clicks as events,
    f.reported_impressions as exposure
  from facts f join reporting r on r.network = f.network and r.campaign_id = f.campaign_id
  union all
  select f.creative_id, f.network, f.campaign_id, f.country, f.age, f.clicks, f.impressions
  from facts f
  join observing o on o.day = f.day and o.sender is not distinct from f.sender and o.network = f.network
    and o.campaign_id = f.campaign_id
  left join reporting r on r.network = f.network and r.campaign_id = f.campaign_id
  where r.network is null),
clicked as (
  select creative_id, network, campaign_id, country, cast($through as date) - day as age, clicks, converted,
    revenue_millionths, revenue_squared
  from outcome_days
  where network is not null and campaign_id is not null
    and day between cast($first as date) and cast($through as date)),
parts as (
  select 'ctr' as metric, creative_id, network, campaign_id, country, age, cast(events as hugeint) as events,
    cast(0 as decimal(38, 0)) as squared, exposure from seen
  union all
  select 'cvr', creative_id, network, campaign_id, country, age, converted, 0, clicks from clicked
  union all
  select 'epc', creative_id, network, campaign_id, country, age, revenue_millionths, revenue_squared, clicks
  from clicked where $objective <> 'cpa'),
cells as (
  select metric, creative_id, network, campaign_id, country, cast(floor(age / $stratum_days) as integer) as weeks,
    sum(events) as events, sum(squared) as squared, sum(exposure) as exposure
  from parts semi join worded using (creative_id)
  group by all having sum(exposure) > 0),
-- More clicks than impressions: the two are not of the same traffic. Judged by stratum, never by what one text did.
sound as (
  select metric, network, campaign_id, country, weeks from cells
  group by all having metric <> 'ctr' or sum(events) <= sum(exposure))
select c.metric, c.creative_id,
  dense_rank() over (partition by c.metric order by c.network, c.campaign_id, c.country, c.weeks) - 1 as stratum,
  dense_rank() over (partition by c.metric order by c.network, c.campaign_id) - 1 as campaign,
  cast(c.events as double) as events, cast(c.squared as double) as squared, cast(c.exposure as double) as exposure
from cells c
join sound s on s.metric = c.metric and s.network = c.network and s.campaign_id = c.campaign_id
  and s.country is not distinct from c.country and s.weeks = c.weeks
order by c.metric, stratum, c.creative_id
