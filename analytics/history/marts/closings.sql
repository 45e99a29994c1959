create or replace table closings as
select * from history.closings
union all
select * from noted_closings
