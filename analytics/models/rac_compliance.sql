-- what: every raw text sent with an ad, as evidence: when, by whom, whether it was the whole text, what the feed ruled
-- grain: one row per (network, account_id, ad_id, variant_id)
-- reads: text_days, ads_known, ads_told, record.creative_variants, record.creative_aliases
-- promise: every text sent stands here, and every ad that was visited or ruled on without one; the newest ruling counts
-- refresh: whole
with ads as (
  select a.sender, a.network, coalesce(a.account_id, k.account_id) as account_id, a.ad_id, a.variant_id, a.stated_at,
    a.content_hash, case when a.valid_from > timestamp '2000-01-01' then a.valid_from else a.received_at end as since,
    a.compliance_status, a.compliance_explanation, a.compliance_checked_at, a.compliance_changed_at
  from ads_told a
  left join ads_known k on k.network = a.network and k.ad_id = a.ad_id
  where a.origin = 'posted'),
sent as (
  select d.network, coalesce(d.account_id, k.account_id) as account_id, d.ad_id, d.variant_id, d.sender, d.first_seen,
    d.last_seen, d.interactions, d.non_human, d.only_terms
  from text_days d
  left join ads_known k on k.network = d.network and k.ad_id = d.ad_id
  union all
  select network, account_id, ad_id, variant_id, sender, since, since, 0, 0, null from ads where variant_id is not null),
-- A ruling makes a row of its own only where nothing else is known of the ad.
known as (
  select * from sent
  union all
  select r.network, r.account_id, r.ad_id, null, null, null, null, 0, 0, null
  from ads r
  left join (select distinct network, ad_id from sent) s
    on s.ad_id = r.ad_id and (r.network is null or r.network is not distinct from s.network)
  where r.compliance_status is not null and s.ad_id is null),
seen as (
  select s.network, s.account_id, s.ad_id, s.variant_id, min(s.first_seen) as first_seen, max(s.last_seen) as last_seen,
    cast(sum(s.interactions) as bigint) as interactions, cast(sum(s.non_human) as bigint) as non_human,
    list_sort(list(distinct s.sender)) as senders,
    coalesce(min(s.only_terms), 0) = 1 as equals_terms,
    count(*) over (partition by s.network, s.account_id, s.ad_id) as ad_texts
  from known s
  group by s.network, s.account_id, s.ad_id, s.variant_id),
keyed as (
  select s.*, v.creative_raw, v.creative_text, v.creative_key, v.creative_id, coalesce(v.status, 'missing') as status,
    coalesce(v.flags, '') as flags, a.canonical_id, coalesce(a.kind = 'truncated', false) as is_cut
  from seen s
  left join record.creative_variants v on v.variant_id = s.variant_id
  left join record.creative_aliases a on a.creative_id = v.creative_id),
-- Ads with more texts than that are catalogues or ids nobody filled in: no text of theirs is the text of the ad.
compared as (
  select m.network, m.account_id, m.ad_id, m.variant_id,
    bool_or(o.first_seen <= m.last_seen) as was_longer_known,
    bool_or(strpos(o.creative_key, m.creative_key) > 0 or o.creative_id = m.canonical_id) as is_contained
  from keyed m
  join keyed o
    on o.network is not distinct from m.network and o.account_id is not distinct from m.account_id
    and o.ad_id = m.ad_id and length(o.creative_key) > length(m.creative_key)
  where m.ad_texts <= 200
  group by m.network, m.account_id, m.ad_id, m.variant_id),
longest as (
  select network, account_id, ad_id, creative_text as longest_text
  from (
    select network, account_id, ad_id, creative_text, row_number() over (
      partition by network, account_id, ad_id order by length(creative_key) desc, creative_text, variant_id) as nth
    from keyed where creative_key is not null and ad_id is not null and ad_texts <= 200) ranked
  where nth = 1),
rulings as (
  select network, account_id, ad_id, sender, stated_at, content_hash, compliance_status, compliance_explanation,
    compliance_checked_at, compliance_changed_at
  from ads where compliance_status is not null),
ruled as (
  select *
  from (
    select k.network, k.account_id, k.ad_id, k.variant_id, r.sender as compliance_sender, r.compliance_status,
      r.compliance_explanation, r.compliance_checked_at, r.compliance_changed_at,
      row_number() over (
        partition by k.network, k.account_id, k.ad_id, k.variant_id
        order by r.stated_at desc, r.content_hash desc, r.sender) as nth
    from keyed k
    join rulings r
      on r.ad_id = k.ad_id and (r.network is null or r.network is not distinct from k.network)
      and (r.account_id is null or r.account_id is not distinct from k.account_id)) ranked
  where nth = 1)
select
  k.network, k.account_id, k.ad_id, k.variant_id, coalesce(k.canonical_id, k.creative_id) as creative_id,
  k.creative_raw, k.creative_text, k.status, k.flags,
  k.is_cut or strpos(k.flags, 'truncated_escape') > 0 as truncated,
  coalesce(c.is_contained, false) as shorter_than_known_text, k.equals_terms,
  case when k.creative_key is not null and k.ad_id is not null and k.ad_texts <= 200
    then not coalesce(c.was_longer_known, false) end as longest_known_then,
  k.status = 'ok' and not k.is_cut and strpos(k.flags, 'truncated_escape') = 0
    and strpos(k.flags, 'looks_like_ad_name') = 0 and not k.equals_terms and not coalesce(c.is_contained, false)
    as complete,
  l.longest_text, k.first_seen, k.last_seen, k.interactions, k.non_human, k.senders,
  r.compliance_status, r.compliance_explanation, r.compliance_checked_at, r.compliance_changed_at, r.compliance_sender
from keyed k
left join compared c
  on c.network is not distinct from k.network and c.account_id is not distinct from k.account_id
  and c.ad_id = k.ad_id and c.variant_id = k.variant_id
left join longest l
  on l.network is not distinct from k.network and l.account_id is not distinct from k.account_id and l.ad_id = k.ad_id
left join ruled r
  on r.network is not distinct from k.network and r.account_id is not distinct from k.account_id and r.ad_id = k.ad_id
  and r.variant_id is not distinct from k.variant_id
