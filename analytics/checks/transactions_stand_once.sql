-- what: money of human and other transactions that the goals do not hold exactly once
-- reads: transactions, goals
select t.total as transactions, g.total as goals
from (select coalesce(sum(amount - refunds), 0) as total from transactions where currency = $currency) t
cross join (select coalesce(sum(amount - refunds), 0) as total from goals) g
where t.total <> g.total
