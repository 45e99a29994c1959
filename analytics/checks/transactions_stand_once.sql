-- what: currencies whose transactions the goals do not hold exactly once, before anything is settled
-- reads: transactions, goal_money, goals
select t.currency, t.total as transactions, g.total as goals, cast(null as decimal(38, 6)) as estimates
from (select currency, sum(amount - refunds) as total from transactions group by currency) t
full join (select currency, sum(stated_amount - stated_refunds) as total from goal_money group by currency) g
  on g.currency = t.currency
where coalesce(t.total, 0) <> coalesce(g.total, 0)
union all
select $currency, null, m.total, g.total
from (select coalesce(sum(amount - refunds), 0) as total from goal_money) m
cross join (select coalesce(sum(estimate - refunds), 0) as total from goals) g
where m.total <> g.total
