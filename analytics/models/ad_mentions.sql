-- what: what is said of every ad on a day, by events, reports and the catalogue: its account, campaign, ad set, country and name
-- grain: one row per (network, ad_id, day, account_id, campaign_id, adset_id, country, ad_name)
-- reads: events, reports_now, ads_told
-- promise: of the same words on one day one row, with the newest moment; so an ad is known without reading its events again
-- refresh: keys (ad_id, day) of events, reports_now, ads_told
with mentions as (
  select network, ad_id, day, account_id, campaign_id, adset_id, ad_name, stated_at,
    case when traffic = 'human' then country end as country from events
  union all
  select network, ad_id, day, account_id, campaign_id, adset_id, ad_name, stated_at, country from reports_now
  union all
  -- A feed rules on ads under ids of its own: its word makes no account or campaign doubtful.
  select network, ad_id, null, account_id, campaign_id, adset_id, ad_name, stated_at, null from ads_told
  where compliance_status is null)
select network, ad_id, day, account_id, campaign_id, adset_id, country, ad_name, max(stated_at) as stated_at
from mentions where network is not null and ad_id is not null
group by network, ad_id, day, account_id, campaign_id, adset_id, country, ad_name
