-- what: the texts an ad showed on a day, with the human clicks each had there
-- grain: one row per (network, account_id, ad_id, day, creative_id)
-- reads: ad_text_days, reports_now, texts, ads_told, ads_known, ad_identities
-- promise: texts seen or posted for that very day come first; only without any, the only one ever seen, or those seen before and after
-- refresh: whole
with seen as (
  select network, account_id, ad_id, day, text_id as creative_id, clicks from ad_text_days where told > 0),
needed as (
  select network, account_id, ad_id, day from ad_text_days
  union
  select r.network, coalesce(r.account_id, k.account_id) as account_id, r.ad_id, r.day
  from reports_now r left join ads_known k on k.network = r.network and k.ad_id = r.ad_id
  where r.level = 'ad'),
posts as (
  select a.network, coalesce(a.account_id, k.account_id) as account_id, a.ad_id, t.creative_id, a.valid_from,
    cast(a.valid_from at time zone 'UTC' at time zone $timezone as date) as first_day,
    row_number() over (
      partition by a.network, a.account_id, a.ad_id, a.valid_from order by a.stated_at desc, a.content_hash desc
    ) as version
  from ads_told a
  left join texts t on t.variant_id = a.variant_id
  left join ads_known k on k.network = a.network and k.ad_id = a.ad_id
  -- A row without a text (a feed's ruling, a new name) neither replaces nor ends the text that the ad shows.
  where a.origin = 'posted' and a.variant_id is not null),
posted as (
  select network, account_id, ad_id, creative_id, first_day,
    lead(first_day) over (partition by network, account_id, ad_id order by valid_from, creative_id) as next_day
  from posts where version = 1),
-- An ad that only ever showed one text showed it on its silent days, too; of several, only the days between count.
spans as (
  select network, account_id, ad_id, creative_id, min(day) as first_day, max(day) as last_day,
    count(*) over (partition by network, account_id, ad_id) as texts_ever
  from seen group by network, account_id, ad_id, creative_id),
exact as (
  select network, account_id, ad_id, day, creative_id, clicks from seen
  union all
  select n.network, n.account_id, n.ad_id, n.day, p.creative_id, 0
  from needed n
  join posted p
    on p.network is not distinct from n.network and p.account_id is not distinct from n.account_id
    and p.ad_id = n.ad_id and n.day >= p.first_day and (p.next_day is null or n.day < p.next_day)
  where p.creative_id is not null),
candidates as (
  select network, account_id, ad_id, day, creative_id, max(clicks) as clicks
  from exact group by network, account_id, ad_id, day, creative_id),
implied as (
  select n.network, n.account_id, n.ad_id, n.day, s.creative_id, cast(0 as bigint) as clicks
  from needed n
  join spans s
    on s.network is not distinct from n.network and s.account_id is not distinct from n.account_id
    and s.ad_id = n.ad_id and (s.texts_ever = 1 or n.day between s.first_day and s.last_day)
  left join (select distinct network, account_id, ad_id, day from candidates) c
    on c.network is not distinct from n.network and c.account_id is not distinct from n.account_id
    and c.ad_id = n.ad_id and c.day = n.day
  where c.ad_id is null)
select f.*, count(*) over (partition by f.network, f.account_id, f.ad_id, f.day) as texts
from (select * from candidates union all select * from implied) f
-- A macro in place of an ad's id has no identity: it is no ad, so it showed no text.
join ad_identities i
  on i.network is not distinct from f.network and i.account_id is not distinct from f.account_id and i.ad_id = f.ad_id
