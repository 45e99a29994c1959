-- what: what feeds settled of each campaign's day, with the campaign of the goals it settles, in which zone, and when last
-- grain: one row per (day, network, account_id, campaign_id, currency)
-- reads: settlement_shares, settlement_own, settlement_cells, goals_placed, senders
-- promise: amounts in the reporting currency; what no goal could get stands with the campaign it names, as in the facts
-- refresh: keys (day)
with settled as (
  select s.stated_day as day, p.network, p.account_id, p.campaign_id, $currency as currency, s.amount, o.timezone, o.stated_at
  from settlement_shares s
  join goals_placed p on p.goal_id = s.goal_id
  join settlement_own o on o.sender = s.settlement_sender and o.key_hash = s.settlement_key
  where s.amount is not null
  union all
  select c.day, null, null, c.campaign_id, case when c.amount is null then c.currency else $currency end,
    case when c.amount is null then c.own else c.unallocated end, coalesce(n.timezone, $timezone), null
  from settlement_cells c left join senders n on n.sender = c.sender
  where c.amount is null or c.unallocated <> 0)
select day, network, account_id, campaign_id, currency, min(timezone) as timezone, max(stated_at) as stated_at,
  cast(sum(amount) as decimal(38, 6)) as settled
from settled
group by day, network, account_id, campaign_id, currency
