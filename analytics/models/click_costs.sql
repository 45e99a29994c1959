-- what: the cost that clicks carry themselves, where no report covers their ad and day
-- grain: one row per (sender, type, id)
-- reads: identified, report_parts
-- promise: a report replaces the per-click cost of the same ad-day; nothing is paid twice
with reported as (
  select distinct network, ad_id, day from report_parts where level = 'ad')
select i.sender, i.type, i.id, i.day, i.network, i.account_id, i.campaign_id, i.adset_id, i.ad_id, i.placement, i.country,
  i.device, i.creative_id, i.currency, cast(i.cost as decimal(38, 6)) as cost, r.ad_id is not null as replaced
from identified i
left join reported r on r.network is not distinct from i.network and r.ad_id = i.ad_id and r.day = i.day
where i.type in ('click', 'impression') and i.cost is not null and i.cost > 0
