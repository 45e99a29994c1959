-- what: where all money in went: spend and settlements on the days their reports name, other revenue on its own day at its sender
-- grain: one row per (day, side, sender, network, account_id, bucket, currency)
-- reads: money_entries
-- promise: per day, side, sender, network, account and currency, in is the sum of the other buckets, on the day that was stated
-- refresh: whole
select day, side, sender, network, account_id, bucket, currency, cast(sum(amount) as decimal(38, 6)) as amount,
  bool_or(mixed_day) as mixed_day
from money_entries
group by day, side, sender, network, account_id, bucket, currency
having sum(amount) <> 0
