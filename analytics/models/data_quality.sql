-- what: what every sender's deliveries and events are worth: how much came, what of it could not be used, and the money behind it
-- grain: one row per (sender, day, day_basis, kind, detail)
-- reads: quality_entries
-- promise: kinds overlap and are never added; received = accepted + duplicates + quarantined + ignored; unattributable is money_ledger's
-- refresh: whole
select sender, day, day_basis, kind, detail, items, revenue, cost,
  cast(items as double) / case when day_basis = 'received' then received when interactions > 0 then interactions end as share
from (
  select *,
    sum(case when kind = 'received' and items > 0 then items end) over (partition by sender, day, day_basis) as received,
    sum(case when kind = 'interactions' then items end) over (partition by sender, day, day_basis) as interactions
  from quality_entries) counted
