create or replace table verdict_track_record as
select * from noted_track_record
