-- what: every settled cell: what it states, and what of that counts beyond the finer cells beneath it, before it is shared
-- grain: one row per (sender, key_hash)
-- reads: settlements_now, settlement_beneath, rates
-- promise: a coarser cell counts less the finer ones beneath it, never below zero; without a rate its amount is NULL
-- refresh: rows
with own as (
  select n.*, cast(case when n.counts then greatest(n.revenue - coalesce(b.beneath, 0), 0) else 0 end as decimal(20, 6)) as own
  from settlements_now n
  left join settlement_beneath b on b.sender = n.sender and b.key_hash = n.key_hash)
select
  o.sender, o.key_hash, o.stated_at, o.day, o.settles, o.timezone, o.timezone <> $timezone as mixed_day, o.offer_id,
  o.campaign_id, o.ad_id, o.country, o.landing_page, o.sub_id, o.by_ad, o.by_campaign, o.by_offer, o.by_page, o.by_sub,
  o.by_country, o.fineness, o.shape, o.counts, o.currency, cast(o.revenue as decimal(38, 6)) as stated,
  cast(o.own as decimal(38, 6)) as own, cast(o.own * r.rate as decimal(38, 6)) as amount
from own o
left join rates r on r.currency = o.currency and o.day >= r.first_day and (r.next_day is null or o.day < r.next_day)
