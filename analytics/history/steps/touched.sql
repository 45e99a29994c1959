-- The closed days that are not as they were noted. A day that is not over by the clock of now is left alone.
create or replace table history_touched as
select d.day, d.premature
from history.days d left join history_digests g on g.day = d.day
where d.day < cast($today as date) and d.digest is distinct from coalesce(g.digest, '')
