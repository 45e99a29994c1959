-- The cells of the days that are closed by this step.
create or replace table noted_closings as
select * from history_cells where day in (select day from noted_days)
