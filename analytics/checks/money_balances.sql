-- what: days and accounts where money in is not the sum of where it went
-- reads: money_ledger
select day, side, sender, network, account_id, currency,
  sum(case when bucket = 'in' then amount else -amount end) as off
from money_ledger
group by day, side, sender, network, account_id, currency
having sum(case when bucket = 'in' then amount else -amount end) <> 0
