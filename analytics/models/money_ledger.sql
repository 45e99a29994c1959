-- what: where all money in went, per day: spend as the platforms stated it, revenue as it was posted
-- grain: one row per (day, side, sender, network, account_id, bucket, currency)
-- reads: report_parts, report_shares, click_costs, goals, transactions, credits, windows, record.settlements
-- promise: spend in = direct + allocated + campaign_only + unmatched; revenue in = matched + unattributable + non_human
with spend_in as (
  select day, sender, network, account_id, currency, cost as amount from report_parts
  union all
  select day, sender, network, account_id, currency, cost from click_costs where not replaced),
spend_out as (
  select r.day, r.sender, r.network, r.account_id, r.currency,
    case
      when r.level <> 'ad' then 'campaign_only' when s.creative_id is null then 'unmatched'
      when s.allocated then 'allocated' else 'direct' end as bucket,
    cast(cast(s.share as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)) as amount
  from report_shares s join report_parts r on r.sender = s.sender and r.key_hash = s.key_hash
  where s.measure = 'cost'
  union all
  select day, sender, network, account_id, currency, case when creative_id is null then 'unmatched' else 'direct' end, cost
  from click_costs where not replaced),
revenue_in as (
  select g.booked_day as day, g.sender, g.network, g.account_id, $currency as currency, g.amount - g.refunds as amount,
    case
      when g.traffic <> 'human' then 'non_human'
      when c.goal_id is not null then 'matched' else 'unattributable' end as bucket
  from goals g
  left join (
    select distinct c.goal_id from credits c join windows w on w.window_days = c.window_days and w.headline
    where c.rule = $headline_rule) c on c.goal_id = g.goal_id),
stated as (
  select s.day, s.sender, s.currency, s.revenue,
    row_number() over (partition by s.sender, s.key_hash order by s.stated_at desc, s.content_hash desc) as version
  from record.settlements s where s.received_at <= $received_to),
entries as (
  select day, 'spend' as side, sender, network, account_id, 'in' as bucket, currency, amount from spend_in
  union all
  select day, 'spend', sender, network, account_id, bucket, currency, amount from spend_out
  union all
  select day, 'revenue', sender, network, account_id, 'in', currency, amount from revenue_in
  union all
  select day, 'revenue', sender, network, account_id, bucket, currency, amount from revenue_in
  union all
  select cast(null as date), 'revenue_unconverted', sender, null, null, 'in', currency, amount - refunds
  from transactions where currency <> $currency
  union all
  select day, 'settlement', sender, null, null, 'stated', currency, revenue from stated where version = 1)
select day, side, sender, network, account_id, bucket, currency, cast(sum(amount) as decimal(38, 6)) as amount
from entries
group by day, side, sender, network, account_id, bucket, currency
