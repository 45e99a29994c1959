create or replace table verdict_history as
select * from history.verdicts
union all
select * from noted_verdicts
