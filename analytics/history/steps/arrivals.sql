-- Days that are over and have no closing, and when the newest of their rows was received.
select day, max(received_at) as received_at
from (
  select day, received_at from identified
  union all
  select day, received_at from record.reports
  union all
  select day, received_at from record.settlements) arrived
where day in (select day from history_cells except select day from history.days)
group by day order by day
