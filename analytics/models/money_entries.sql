-- what: where all money in went, before it is added up: spend and settlements on the days their reports name, other revenue on its own
-- grain: one row per (day, side, sender, network, account_id, bucket, currency, mixed_day)
-- reads: reports_counted, report_parts, report_shares, click_costs, goals, goal_money, settlement_cells, settlement_shares, headline_credits, senders
-- promise: amounts only add up: what a day, an account or a bucket holds moves by what is new of it
-- refresh: sums
with zones as (select sender, timezone <> $timezone as mixed_day from senders),
spend_in as (
  select p.day, p.sender, p.network, p.account_id, $currency as currency, p.cost as amount, z.mixed_day
  from report_parts p left join zones z on z.sender = p.sender where p.cost is not null
  union all
  select day, sender, network, account_id, $currency, cost, false from click_costs
  where report_level is null and not replaced and cost is not null),
spend_out as (
  select r.day, r.sender, r.network, r.account_id, $currency as currency,
    case
      when r.level <> 'ad' then 'campaign_only' when s.creative_id is null then 'unmatched'
      when s.allocated then 'allocated' else 'direct' end as bucket,
    cast(cast(s.share as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as amount,
    z.mixed_day
  from report_shares s
  join report_parts r on r.sender = s.sender and r.key_hash = s.key_hash
  left join zones z on z.sender = r.sender
  where s.measure = 'cost'
  union all
  select day, coalesce(report_sender, c.sender), network, case when report_level is null then account_id else report_account end,
    $currency, case when creative_id is null then 'unmatched' else 'direct' end, cost, z.mixed_day
  from click_costs c left join zones z on z.sender = c.report_sender
  where cost <> 0),
-- Money of other currencies, as it was stated: it stands above converted, or cannot be.
spend_abroad as (
  select p.day, p.sender, p.network, p.account_id, p.currency, p.stated_cost as amount,
    case when p.cost is null then 'unconverted' else 'converted' end as bucket, z.mixed_day
  from report_parts p left join zones z on z.sender = p.sender where p.currency <> $currency and stated_cost <> 0
  union all
  select day, sender, network, account_id, currency, stated_cost,
    case when cost is null then 'unconverted' else 'converted' end, false
  from click_costs where currency <> $currency and report_level is null and not replaced),
duplicates as (
  select r.day, r.sender, r.network, r.account_id, r.currency, r.stated_cost as amount, z.mixed_day
  from reports_counted r left join zones z on z.sender = r.sender
  where not r.counts and r.stated_cost <> 0),
goals_in as (
  select g.stated_day as day, g.sender, g.network, g.account_id, $currency as currency, g.amount - g.refunds as amount,
    g.mixed_day,
    case
      when g.traffic <> 'human' then 'non_human'
      when c.goal_id is not null then 'matched' else 'unattributable' end as bucket
  from goals g
  left join headline_credits c on c.goal_id = g.goal_id),
revenue_in as (
  select day, sender, network, account_id, currency, amount, mixed_day, bucket from goals_in
  union all
  select day, settles, null, null, $currency, unallocated, mixed_day, 'settlement_unallocated'
  from settlement_cells where unallocated <> 0
  -- Money of other currencies, as it was stated: it stands above converted, or cannot be.
  union all
  select g.stated_day, g.sender, g.network, g.account_id, m.currency,
    case when s.goal_id is null or (s.amount is null and (s.currency <> m.currency or m.amount is not null))
      then m.stated_amount else 0 end - m.stated_refunds,
    g.mixed_day, case when m.amount is null then 'unconverted' else 'converted' end
  from goal_money m
  join goals g on g.goal_id = m.goal_id
  left join settlement_shares s on s.goal_id = m.goal_id
  where m.currency <> $currency
  union all
  select day, settles, null, null, currency, own, mixed_day, case when amount is null then 'unconverted' else 'converted' end
  from settlement_cells where currency <> $currency),
settled as (
  select day, sender, currency, mixed_day, stated as amount, 'in' as bucket from settlement_cells
  union all
  select day, sender, currency, mixed_day, own, 'counted' from settlement_cells
  union all
  select day, sender, currency, mixed_day, in_finer_cells, 'in_finer_cells' from settlement_cells where in_finer_cells <> 0
  union all
  select day, sender, currency, mixed_day, duplicate, 'duplicate_report' from settlement_cells where duplicate <> 0),
entries as (
  select day, 'spend' as side, sender, network, account_id, 'in' as bucket, currency, amount, mixed_day from spend_in
  union all
  select day, 'spend', sender, network, account_id, bucket, currency, amount, mixed_day from spend_out
  union all
  select day, 'spend', sender, network, account_id, 'in', currency, amount, mixed_day from spend_abroad
  union all
  select day, 'spend', sender, network, account_id, bucket, currency, amount, mixed_day from spend_abroad
  union all
  select day, 'spend_duplicate', sender, network, account_id, 'in', currency, amount, mixed_day from duplicates
  union all
  select day, 'spend_duplicate', sender, network, account_id, 'duplicate_report', currency, amount, mixed_day from duplicates
  union all
  select day, 'revenue', sender, network, account_id, 'in', currency, amount, mixed_day from revenue_in
  union all
  select day, 'revenue', sender, network, account_id, bucket, currency, amount, mixed_day from revenue_in
  union all
  select day, 'settlement', sender, null, null, bucket, currency, amount, mixed_day from settled)
select day, side, sender, network, account_id, bucket, currency,
  coalesce(mixed_day, $timezone <> 'UTC') as mixed_day, cast(sum(amount) as decimal(38, 6)) as amount
from entries
group by day, side, sender, network, account_id, bucket, currency, coalesce(mixed_day, $timezone <> 'UTC')
having sum(amount) <> 0
