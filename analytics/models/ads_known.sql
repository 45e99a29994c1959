-- what: what is known of every ad: its newest name, and its account, campaign, ad set and country where they are the same everywhere
-- grain: one row per (network, ad_id)
-- reads: ad_mentions
-- promise: a click without its account finds the account that the cost reports name
-- refresh: whole
with names as (
  select network, ad_id, ad_name, row_number() over (
    partition by network, ad_id order by max(stated_at) desc, ad_name) as nth
  from ad_mentions where ad_name is not null and strpos(ad_name, '{{') = 0
  group by network, ad_id, ad_name)
select
  m.network, m.ad_id,
  case when count(distinct m.account_id) = 1 then max(m.account_id) end as account_id,
  case when count(distinct m.campaign_id) = 1 then max(m.campaign_id) end as campaign_id,
  case when count(distinct m.adset_id) = 1 then max(m.adset_id) end as adset_id,
  case when count(distinct m.country) = 1 then max(m.country) end as country, max(n.ad_name) as ad_name
from ad_mentions m
left join names n on n.network = m.network and n.ad_id = m.ad_id and n.nth = 1
group by m.network, m.ad_id
