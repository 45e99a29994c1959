-- The numbers of the closed days that may have moved as they are now: what facts_daily says, by the grain of the
-- closings. Those of other days stand as they were.
create table if not exists history_cells (
  day date, creative_id varchar, sender varchar, network varchar, campaign_id varchar, conversion_kind varchar,
  currency varchar, impressions bigint, clicks bigint, sessions bigint, ad_clicks bigint, conversions bigint,
  reported_impressions bigint, reported_clicks bigint, cost_direct decimal(38, 6), cost_allocated decimal(38, 6),
  revenue_provisional decimal(38, 6), revenue_settled decimal(38, 6), refunds decimal(38, 6));
delete from history_cells where day between cast($first as date) and cast($last as date);
insert into history_cells
select
  day, creative_id, sender, network, campaign_id, conversion_kind, cast($currency as varchar) as currency,
  cast(sum(impressions) as bigint) as impressions, cast(sum(clicks) as bigint) as clicks,
  cast(sum(sessions) as bigint) as sessions, cast(sum(ad_clicks) as bigint) as ad_clicks,
  cast(sum(conversions) as bigint) as conversions, cast(sum(reported_impressions) as bigint) as reported_impressions,
  cast(sum(reported_clicks) as bigint) as reported_clicks, cast(sum(cost_direct) as decimal(38, 6)) as cost_direct,
  cast(sum(cost_allocated) as decimal(38, 6)) as cost_allocated,
  cast(sum(revenue_provisional) as decimal(38, 6)) as revenue_provisional,
  cast(sum(revenue_settled) as decimal(38, 6)) as revenue_settled, cast(sum(refunds) as decimal(38, 6)) as refunds
from facts_daily
where day between cast($first as date) and cast($last as date) and day < cast($today as date)
  and (impressions <> 0 or clicks <> 0 or sessions <> 0 or ad_clicks <> 0 or conversions <> 0
  or reported_impressions <> 0 or reported_clicks <> 0 or cost_direct <> 0 or cost_allocated <> 0 or revenue_provisional <> 0
  or revenue_settled <> 0 or refunds <> 0)
group by day, creative_id, sender, network, campaign_id, conversion_kind
