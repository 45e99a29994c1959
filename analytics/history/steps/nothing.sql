-- A step without anything: its tables have the columns of the history's.
create or replace table noted_days as select * from history.days limit 0;
create or replace table noted_closings as select * from history.closings limit 0;
create or replace table noted_changes as select * from history.changes limit 0;
create or replace table noted_verdicts as select * from history.verdicts limit 0;
create or replace table noted_aliases as select * from history.aliases limit 0;
create or replace table noted_track_record (
  window_days integer, judged_after_days integer, claim varchar, what varchar, said bigint, said_first date, said_last date,
  judged bigint, judged_creatives bigint, not_mature_yet bigint, stopped_running bigint, too_few_clicks bigint,
  scope_gone bigint, other_objective bigint, held bigint, held_share double, held_share_low double,
  held_share_high double, expected_share double, independent double, calibration varchar, sentence varchar);
create or replace table noted_thresholds as select * from history.thresholds limit 0;
