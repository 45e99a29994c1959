-- what: every goal that the headline rule credits to nobody, and money that has no rate, with the reason and what lies behind it
-- grain: one row per (goal_id, currency)
-- reads: goals, goal_money, settlement_shares, uncredited, rules, credit_scopes, windows
-- promise: these are all of attribution_ledger's unattributed buckets under the headline rule, one by one, to the last millionth
-- refresh: rows
with placed as (
  select g.*, coalesce(o.conversion_kind, '*') as window_kind
  from goals g left join (select distinct conversion_kind from windows) o on o.conversion_kind = g.kind
  where g.traffic = 'human'),
found as (
  select p.goal_id, $currency as currency, u.reason, u.cause, p.conversions, p.amount - p.refunds as revenue
  from uncredited u
  join placed p on p.goal_id = u.goal_id
  join rules r on r.journey_read = u.journey_read and r.rule = $headline_rule
  join credit_scopes w
    on w.conversion_kind = p.window_kind and w.window_days = u.window_days and w.touch_types = u.touch_types and w.headline
  union all
  -- What a settlement took the place of is no longer owed.
  select m.goal_id, m.currency, 'unconverted', 'unconverted', 0,
    case when s.goal_id is null or (s.amount is null and s.currency <> m.currency) then m.stated_amount else 0 end
      - m.stated_refunds
  from goal_money m left join settlement_shares s on s.goal_id = m.goal_id
  where m.amount is null)
select
  f.goal_id, f.currency, p.sender, p.type, p.id, p.kind as conversion_kind, p.occurred_at, p.day, p.booked_day, f.reason, f.cause,
  cast(f.conversions as bigint) as conversions, cast(f.revenue as decimal(38, 6)) as revenue
from found f
join placed p on p.goal_id = f.goal_id
where f.conversions <> 0 or f.revenue <> 0
