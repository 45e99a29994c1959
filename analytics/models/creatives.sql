-- what: every creative: its text or, without one, its ad
-- grain: one row per (creative_id)
-- reads: creative_days, texts, record.creatives, ad_identities, report_shares, report_parts
-- promise: every creative_id of any other mart stands here
-- refresh: whole
with seen as (
  select creative_id, min(first_seen) as first_seen, max(last_seen) as last_seen,
    list_sort(list(distinct network)) as networks, count(distinct ad_id) as ads,
    bool_or(identity_by = 'text') as by_text, bool_or(identity_by = 'ad_text') as by_ad_text
  from creative_days group by creative_id),
spent as (
  select s.creative_id, cast(min(r.day) as timestamp) as first_seen, cast(max(r.day) as timestamp) as last_seen,
    list_sort(list(distinct r.network)) as networks, count(distinct r.ad_id) as ads
  from report_shares s join report_parts r on r.sender = s.sender and r.key_hash = s.key_hash
  where s.creative_id is not null group by s.creative_id),
variants as (select creative_id, count(*) as variants from texts where creative_id is not null group by creative_id),
ids as (select creative_id from seen union select creative_id from spent)
select
  i.creative_id, coalesce(c.creative_text, a.ad_name, 'Ad ' || a.ad_id) as creative_text,
  case when a.creative_id is not null then 'ad' when s.by_text then 'text' else 'ad_text' end as identity_by,
  coalesce(c.status, 'ok') as status, coalesce(s.first_seen, p.first_seen) as first_seen,
  coalesce(s.last_seen, p.last_seen) as last_seen, cast(coalesce(v.variants, 0) as bigint) as variants,
  coalesce(s.networks, p.networks) as networks, cast(coalesce(s.ads, p.ads) as bigint) as ads
from ids i
left join seen s on s.creative_id = i.creative_id
left join spent p on p.creative_id = i.creative_id
left join record.creatives c on c.creative_id = i.creative_id
left join ad_identities a on a.creative_id = i.creative_id
left join variants v on v.creative_id = i.creative_id
