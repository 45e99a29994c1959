-- what: the newest version of every settlement, whose money it finalises, and which dimensions its cell states
-- grain: one row per (sender, key_hash)
-- reads: record.settlements, senders
-- promise: a settlement replaces its older versions; of the same cell told by two senders the newer one counts
-- refresh: rows
with versions as (
  select *, row_number() over (partition by sender, key_hash order by stated_at desc, content_hash desc) as version
  from record.settlements where received_at <= $received_to),
told as (
  select
    v.sender, v.key_hash, v.stated_at, v.day, coalesce(n.settles, v.sender) as settles,
    coalesce(n.timezone, 'UTC') as timezone, v.offer_id, v.campaign_id, v.ad_id, v.country, v.landing_page, v.sub_id,
    v.currency, v.revenue, case when v.ad_id is null then 0 else 1 end as by_ad,
    case when v.campaign_id is null then 0 else 1 end as by_campaign,
    case when v.offer_id is null then 0 else 1 end as by_offer,
    case when v.landing_page is null then 0 else 1 end as by_page,
    case when v.sub_id is null then 0 else 1 end as by_sub, case when v.country is null then 0 else 1 end as by_country
  from versions v left join senders n on n.sender = v.sender
  where v.version = 1)
select
  *, by_ad + by_campaign + by_offer + by_page + by_sub + by_country as fineness,
  -- Of cells equally fine the one that names the ad comes first, then the campaign, the offer, the page, the sub id.
  32 * by_ad + 16 * by_campaign + 8 * by_offer + 4 * by_page + 2 * by_sub + by_country as shape,
  row_number() over (
    partition by settles, day, offer_id, campaign_id, ad_id, country, landing_page, sub_id
    order by stated_at desc, sender, key_hash) = 1 as counts
from told
