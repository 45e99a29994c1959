-- what: all conversions and money per rule, kind and currency: credited, and not credited with the reason
-- grain: one row per (rule, window_days, touch_types, conversion_kind, currency, bucket, reason)
-- reads: goals, goal_money, settlement_shares, credits, uncredited, rules, credit_scopes, windows
-- promise: credited + unattributed = total, in conversions and to the last millionth of money; money without a rate is unattributed in its own currency
-- refresh: sums
with placed as (
  select g.goal_id, g.kind, coalesce(o.conversion_kind, '*') as window_kind, g.conversions, g.amount - g.refunds as revenue
  from goals g
  left join (select distinct conversion_kind from windows) o on o.conversion_kind = g.kind
  where g.traffic = 'human'),
stated as (
  select kind, window_kind, $currency as currency, sum(conversions) as conversions, sum(revenue) as revenue
  from placed group by kind, window_kind),
abroad as (
  -- What a settlement took the place of is no longer owed.
  select p.kind, p.window_kind, m.currency, 0 as conversions,
    sum(case when s.goal_id is null or (s.amount is null and s.currency <> m.currency) then m.stated_amount else 0 end
      - m.stated_refunds) as revenue
  from placed p
  join goal_money m on m.goal_id = p.goal_id
  left join settlement_shares s on s.goal_id = p.goal_id
  where m.amount is null group by p.kind, p.window_kind, m.currency),
totals as (select * from stated union all select * from abroad),
entries as (
  select r.rule, w.window_days, w.touch_types, t.kind as conversion_kind, t.currency, 'total' as bucket,
    cast(null as varchar) as reason, cast(t.conversions as decimal(38, 6)) as conversions,
    cast(t.revenue as decimal(38, 6)) as revenue
  from totals t
  join credit_scopes w on w.conversion_kind = t.window_kind
  cross join rules r
  union all
  select c.rule, c.window_days, c.touch_types, p.kind, $currency, 'credited', null,
    cast(cast(sum(c.conversion_millionths) as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6)),
    cast(cast(sum(c.revenue_millionths) as decimal(20, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6))
  from credits c join placed p on p.goal_id = c.goal_id
  group by c.rule, c.window_days, c.touch_types, p.kind
  union all
  select r.rule, u.window_days, u.touch_types, g.kind, $currency, 'unattributed', u.reason,
    cast(sum(g.conversions) as decimal(38, 6)), cast(sum(g.amount - g.refunds) as decimal(38, 6))
  from uncredited u
  join goals g on g.goal_id = u.goal_id
  join rules r on r.journey_read = u.journey_read
  group by r.rule, u.window_days, u.touch_types, g.kind, u.reason
  union all
  select r.rule, w.window_days, w.touch_types, a.kind, a.currency, 'unattributed', 'unconverted', 0,
    cast(a.revenue as decimal(38, 6))
  from abroad a join credit_scopes w on w.conversion_kind = a.window_kind cross join rules r)
select rule, window_days, touch_types, conversion_kind, currency, bucket, reason, conversions, revenue
from entries where conversions <> 0 or revenue <> 0
