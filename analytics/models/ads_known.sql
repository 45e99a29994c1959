-- what: what is known of every ad: its account, campaign, ad set and country where they are the same everywhere
-- grain: one row per (network, ad_id)
-- reads: events, reports_now, record.ads
-- promise: a click without its account finds the account that the cost reports name
select
  network, ad_id,
  case when count(distinct account_id) = 1 then max(account_id) end as account_id,
  case when count(distinct campaign_id) = 1 then max(campaign_id) end as campaign_id,
  case when count(distinct adset_id) = 1 then max(adset_id) end as adset_id,
  case when count(distinct country) = 1 then max(country) end as country, max(ad_name) as ad_name
from (
  select network, ad_id, account_id, campaign_id, adset_id, ad_name,
    case when traffic = 'human' then country end as country from events
  union all
  select network, ad_id, account_id, campaign_id, adset_id, ad_name, country from reports_now
  union all
  select network, ad_id, account_id, campaign_id, adset_id, ad_name, null from record.ads
  -- A feed rules on ads under ids of its own: its word makes no account or campaign doubtful.
  where json_extract_string(properties, '$.compliance_status') is null) mentions
where network is not null and ad_id is not null
group by network, ad_id
