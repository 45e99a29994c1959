-- Changes that were noted a week ago become one row for each cell, measure, cause and day of noting. Where a day was
-- closed in between they stay apart, so that "since the closing of" finds its step.
create or replace temp table folded as
select max(step) as step, max(noted_at) as noted_at, noted_day, max(version) as version, day, creative_id, sender, network,
  campaign_id, conversion_kind, currency, measure, cast(sum(change) as decimal(38, 6)) as change, causes, located
from (
  select c.*, (select max(d.step) from days d where d.step <= c.step) as epoch
  from changes c where noted_day < cast($before as date)) aged
group by noted_day, epoch, day, creative_id, sender, network, campaign_id, conversion_kind, currency, measure, causes, located
having sum(change) <> 0;
delete from changes where noted_day < cast($before as date);
insert into changes by name select * from folded
