-- what: every settled cell: what it states, what of that counts beyond finer cells, what its goals were estimated at and got
-- grain: one row per (day, sender, settles, offer_id, campaign_id, ad_id, country, landing_page, sub_id, currency)
-- reads: settlement_own, settlement_shares, goals
-- promise: amount = shared + unallocated, exactly; a coarser cell counts less the finer ones beneath it, never below zero
-- refresh: rows
with shared as (
  select s.settlement_sender, s.settlement_key, count(*) as goals, sum(g.estimate) as estimated, sum(s.amount) as shared,
    max(s.settlement_factor) as settlement_factor
  from settlement_shares s join goals g on g.goal_id = s.goal_id
  group by s.settlement_sender, s.settlement_key)
select
  o.day, o.sender, o.settles, o.key_hash, o.offer_id, o.campaign_id, o.ad_id, o.country, o.landing_page, o.sub_id, o.currency,
  o.stated, case when o.counts then o.stated - o.own else 0 end as in_finer_cells,
  case when o.counts then 0 else o.stated end as duplicate, o.own, o.amount,
  cast(case when o.amount is not null then coalesce(s.shared, 0) end as decimal(38, 6)) as shared,
  cast(o.amount - coalesce(s.shared, 0) as decimal(38, 6)) as unallocated, cast(coalesce(s.goals, 0) as bigint) as goals,
  cast(coalesce(s.estimated, 0) as decimal(38, 6)) as estimated, s.settlement_factor, o.mixed_day
from settlement_own o
left join shared s on s.settlement_sender = o.sender and s.settlement_key = o.key_hash
