-- what: projections of mature days, days whose clicks or money so far are not their clicks', lifts where the shares mismatch
-- reads: maturity_daily, click_outcomes, experiments
with clicked as (
  select o.day, sum(o.clicks) as clicks, sum(o.revenue_millionths) as micros
  from click_outcomes o join maturity_daily m on m.day = o.day group by o.day)
select 'projected though mature' as what, cast(day as varchar) as found from maturity_daily
where mature and (conversions_projected is not null or revenue_projected is not null)
union all
select 'not what its clicks brought', cast(m.day as varchar)
from maturity_daily m left join clicked c on c.day = m.day
where m.clicks <> coalesce(c.clicks, 0) or m.revenue * 1000000 <> coalesce(c.micros, 0)
union all
select 'a lift though the shares mismatch', experiment from experiments
where srm and (lift is not null or winner or p_best is not null)
