-- The step, from the work file into the history.
insert into days by name select * from work.noted_days;
insert into closings by name select * from work.noted_closings;
insert into verdicts by name select * from work.noted_verdicts;
insert into thresholds by name select * from work.noted_thresholds;
insert into changes by name select * from work.noted_changes;
update days set digest = n.digest from work.noted_digests n where n.day = days.day;
-- By this clock the day is not over: the one that closed it ran ahead.
update days set premature = day >= (select today from work.noted_mark)
where premature <> (day >= (select today from work.noted_mark));
delete from aliases;
insert into aliases by name select * from work.noted_aliases;
delete from mark;
insert into mark by name select * from work.noted_mark
