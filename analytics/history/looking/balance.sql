-- Cells of closed days where the closing and all restatements do not add up to what is published now.
with freshly as (
  select currency, cast(as_of at time zone 'UTC' at time zone timezone as date) as today from freshness),
ended as (select day from closed_days where day < (select today from freshly)),
sides as (
  select f.*, (select currency from freshly) as currency, 1 as side
  from (
    select day, creative_id, sender, network, campaign_id, conversion_kind, impressions, clicks, sessions, ad_clicks,
      conversions, reported_impressions, reported_clicks, cost_direct, cost_allocated, revenue_provisional,
      revenue_settled, refunds
    from facts_daily where day in (select day from ended)) f
  union all by name
  select *, -1 as side from closings where day in (select day from ended)),
amounts as (
  select day, creative_id, sender, network, campaign_id, conversion_kind, currency
    -- amounts.sql
  from sides
  union all
  select day, creative_id, sender, network, campaign_id, conversion_kind, currency, measure, -change
  from restatements where day in (select day from ended))
select day, creative_id, measure, sum(amount) as differs_by
from amounts
group by day, creative_id, sender, network, campaign_id, conversion_kind, currency, measure
having sum(amount) <> 0
order by day, creative_id, measure
