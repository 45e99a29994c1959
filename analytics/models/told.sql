-- what: what senders told of clicks, goals, money and spend, and what of it stands in our books: whose word, which day
-- grain: one row per (measure, row_of, sender, type, revenue_stage, id, stated_currency)
-- reads: identified, money_events, transactions, goals_placed, main_kind, click_costs, rates, senders
-- promise: clicks, goals and money that are booked of people add up to the facts; a repeat is counted from another sender; tests are nowhere
-- refresh: rows
with clicked as (
  select sender, type, revenue_stage, id, occurred_at, day, network, account_id, campaign_id, traffic, count, counts
  from identified where type = 'click' and traffic <> 'test'),
keyed as (
  select sender, type, id, key_kind, key_sender, key_value from money_events
  group by sender, type, id, key_kind, key_sender, key_value),
-- The goal that carries a transaction's money: the first of its key.
carriers as (
  select k.key_kind, k.key_sender, k.key_value, min(p.goal_id) as goal_id
  from goals_placed p join keyed k on k.sender = p.sender and k.type = p.type and k.id = p.id
  group by k.key_kind, k.key_sender, k.key_value),
conversions_said as (
  select *
  from (
    select m.*, row_number() over (partition by m.sender, m.id order by m.occurred_at, m.revenue_stage) as nth
    from money_events m cross join main_kind k
    where m.type = 'conversion' and m.traffic <> 'test' and $kind <> 'arbitrage'
      and coalesce(m.conversion_kind, 'purchase') = k.kind) ranked
  where nth = 1),
-- An order that another sender tells again stands beside the one that counts.
conversions as (
  select m.sender, m.type, m.id, coalesce(c.occurred_at, m.occurred_at) as occurred_at, coalesce(c.day, m.day) as day,
    case when c.goal_id is null then m.network else c.network end as network,
    case when c.goal_id is null then m.account_id else c.account_id end as account_id,
    case when c.goal_id is null then m.campaign_id else c.campaign_id end as campaign_id,
    m.traffic, m.count, coalesce(p.conversions, 0) as booked, p.goal_id is null and c.goal_id is not null as is_repeat
  from conversions_said m
  left join goals_placed p on p.sender = m.sender and p.type = m.type and p.id = m.id
  left join carriers r on r.key_kind = m.key_kind and r.key_sender = m.key_sender and r.key_value = m.key_value
  left join goals_placed c on c.goal_id = coalesce(p.goal_id, r.goal_id)),
-- What each teller's own newest stage says of a transaction, and what it took back.
stages as (
  select key_kind, key_sender, key_value, currency, sender, revenue, row_number() over (
    partition by key_kind, key_sender, key_value, sender
    order by case revenue_stage when 'pre_estimated' then 1 when 'estimated' then 2 when 'final' then 3
      when 'adjusted' then 4 else 0 end desc, stated_at desc, content_hash desc, currency) as nth
  from money_events where revenue is not null and type <> 'refund'),
amounts as (
  select 'transaction' as row_of, key_kind, key_sender, key_value, currency, sender, revenue as amount from stages where nth = 1
  union all
  select 'refund', key_kind, key_sender, key_value, currency, sender, -sum(revenue) from money_events
  where revenue is not null and type = 'refund' group by key_kind, key_sender, key_value, currency, sender),
winners as (
  select key_kind, key_sender, key_value, max(case when amount <> 0 then sender end) as sender
  from transactions group by key_kind, key_sender, key_value),
told as (
  select 'clicks' as measure, 'event' as row_of, sender, type, revenue_stage, id, cast(null as varchar) as stated_currency,
    cast(null as varchar) as currency, occurred_at, day, network, account_id, campaign_id, traffic = 'human' as is_human, not counts as is_repeat, false as is_estimate,
    cast(count as decimal(38, 6)) as told, cast(case when counts then count else 0 end as decimal(38, 6)) as booked
  from clicked
  union all
  -- Feeds pay for ad clicks: there they are the goal, and the facts count them as events.
  select 'conversions', 'event', i.sender, i.type, i.revenue_stage, i.id, null, null, i.occurred_at, i.day, i.network,
    i.account_id, i.campaign_id, i.traffic = 'human', not i.counts or p.goal_id is null or i.nth > 1, false, i.count,
    case when i.counts then i.count else 0 end
  from (
    select *, row_number() over (partition by sender, type, id order by occurred_at, revenue_stage) as nth from identified
    where type = 'ad_click') i
  left join goals_placed p on p.sender = i.sender and p.type = i.type and p.id = i.id
  where $kind = 'arbitrage' and i.traffic <> 'test'
  union all
  select 'conversions', 'event', sender, type, null, id, null, null, occurred_at, day, network, account_id, campaign_id,
    traffic = 'human', is_repeat, false, count, booked
  from conversions
  union all
  select 'revenue', a.row_of, a.sender, a.key_kind, null, a.key_value, a.currency,
    case when r.rate is null then a.currency else $currency end, p.occurred_at, p.day, p.network, p.account_id,
    p.campaign_id, p.traffic = 'human', a.row_of = 'transaction' and coalesce(t.sender <> a.sender, false), false,
    cast(a.amount as decimal(20, 6)) * coalesce(r.rate, 1), 0
  from amounts a
  join carriers k on k.key_kind = a.key_kind and k.key_sender = a.key_sender and k.key_value = a.key_value
  join goals_placed p on p.goal_id = k.goal_id
  left join winners t on t.key_kind = a.key_kind and t.key_sender = a.key_sender and t.key_value = a.key_value
  left join rates r
    on r.currency = a.currency and p.goal_day >= r.first_day and (r.next_day is null or p.goal_day < r.next_day)
  union all
  select 'revenue', 'goal', sender, type, null, id, $currency, $currency, occurred_at, day, network, account_id, campaign_id,
    traffic = 'human', false, not settled, 0, amount
  from goals_placed where amount <> 0
  union all
  -- A click costs what it costs, whoever came. What a report covers is the report's, told again.
  select 'spend', 'event', k.sender, k.type, null, k.id, k.currency, case when r.rate is null then k.currency else $currency end,
    null, k.day, k.network, k.account_id, k.campaign_id, true, k.replaced or k.report_level is not null,
    not k.replaced and k.report_level is null, cast(k.stated_cost as decimal(20, 6)) * coalesce(r.rate, 1),
    case when k.replaced or k.report_level is not null then 0 else coalesce(k.cost, 0) end
  from click_costs k
  left join rates r on r.currency = k.currency and k.day >= r.first_day and (r.next_day is null or k.day < r.next_day))
select t.measure, t.row_of, t.sender, t.type, t.revenue_stage, t.id, t.stated_currency,
  t.currency, t.occurred_at, t.day, t.network, t.account_id,
  t.campaign_id, coalesce(s.role, 'tracker') as role, t.is_human, t.is_repeat, t.is_estimate,
  cast(t.told as decimal(38, 6)) as told, cast(t.booked as decimal(38, 6)) as booked
from told t
left join senders s on s.sender = t.sender
