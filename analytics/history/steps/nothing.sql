-- A step without anything: its tables have the columns of the history's.
create or replace table noted_days as select * from history.days limit 0;
create or replace table noted_closings as select * from history.closings limit 0;
create or replace table noted_changes as select * from history.changes limit 0;
create or replace table noted_verdicts as select * from history.verdicts limit 0;
create or replace table noted_thresholds as select * from history.thresholds limit 0;
