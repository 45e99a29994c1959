-- what: senders whose unattributable revenue by cause is not what the money ledger calls unattributable
-- reads: data_quality, money_ledger
select coalesce(q.sender, l.sender) as sender, q.revenue as by_cause, l.revenue as in_ledger
from (select sender, sum(revenue) as revenue from data_quality where kind = 'unattributable' group by sender) q
full join (
  select sender, sum(amount) as revenue from money_ledger
  where side = 'revenue' and bucket = 'unattributable' and currency = $currency group by sender) l on l.sender = q.sender
where coalesce(q.revenue, 0) <> coalesce(l.revenue, 0)
