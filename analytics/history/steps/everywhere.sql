-- Causes that can touch every cell.
create or replace table history_everywhere as select unnest($causes::varchar[]) as cause
