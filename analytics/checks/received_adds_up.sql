-- what: senders and days whose received items are not the sum of what became of them
-- reads: data_quality
select sender, day, sum(case when kind = 'received' then items else -items end) as off
from data_quality
where day_basis = 'received' and kind in ('received', 'accepted', 'duplicates', 'quarantined', 'ignored')
group by sender, day
having sum(case when kind = 'received' then items else -items end) <> 0
