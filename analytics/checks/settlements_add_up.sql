-- what: settled cells whose goals did not get exactly what the cell holds, or whose statements do not count exactly once
-- reads: goals, settlement_cells
with held as (
  select settlement_sender, settlement_key, sum(amount) as held from goals
  where settlement_key is not null group by settlement_sender, settlement_key)
select c.sender, c.key_hash, c.day, c.amount, c.unallocated, h.held
from settlement_cells c
left join held h on h.settlement_sender = c.sender and h.settlement_key = c.key_hash
where c.amount is not null and (c.amount <> c.unallocated + coalesce(h.held, 0)
  or (c.unallocated <> 0 and c.estimated > 0 and h.held <> 0))
  or c.stated <> c.own + c.in_finer_cells + c.duplicate or c.own < 0
