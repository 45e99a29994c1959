-- what: the cost that clicks carry themselves: what of it counts, and beneath which report it lies
-- grain: one row per (sender, type, id)
-- reads: identified, report_parts, rates, senders
-- promise: a report of the ad replaces it; beneath one of the ad set or campaign it counts up to what that holds; nothing is paid twice
-- refresh: rows
with stated as (
  select * from identified where type in ('click', 'impression') and cost is not null and cost > 0),
-- Two senders that tell one click tell one cost: that of the click that counts, where it says one.
tellers as (
  select click_id, sender
  from (
    select click_id, sender, row_number() over (
      partition by click_id order by case when counts then 0 else 1 end, occurred_at, sender, id) as nth
    from stated where type = 'click' and click_id is not null) ranked
  where nth = 1),
carried as (
  select s.sender, s.type, s.id, s.occurred_at, s.day, s.network, s.account_id, s.campaign_id, s.adset_id, s.ad_id,
    s.placement, s.country, s.device, s.creative_id, s.currency, cast(s.cost as decimal(38, 6)) as stated_cost,
    cast(cast(s.cost as decimal(20, 6)) * r.rate as decimal(38, 6)) as own_cost
  from stated s
  left join rates r on r.currency = s.currency and s.day >= r.first_day and (r.next_day is null or s.day < r.next_day)
  left join tellers t on t.click_id = s.click_id
  where s.type = 'impression' or coalesce(t.sender, s.sender) = s.sender),
-- A report's day is a label in its account's zone, so a click lies under the day that it has there.
zoned as (
  select p.*, coalesce(n.timezone, $timezone) as timezone
  from report_parts p left join senders n on n.sender = p.sender where p.has_cost),
placed_days as (
  select c.sender, c.type, c.id, c.network, c.account_id, c.campaign_id, c.adset_id, c.ad_id, c.currency, z.timezone,
    cast(c.occurred_at at time zone 'UTC' at time zone z.timezone as date) as own_day
  from carried c cross join (select distinct timezone from zoned) z),
-- A report without a rate covers only costs that have none either.
covered as (
  select distinct d.sender, d.type, d.id
  from placed_days d
  join (
    select distinct network, ad_id, day, timezone, case when cost is null then currency end as currency
    from zoned where level = 'ad') r
    on r.network is not distinct from d.network and r.ad_id = d.ad_id and r.timezone = d.timezone and r.day = d.own_day
  where r.currency is null or r.currency = d.currency),
pools as (
  select sender, network, account_id, level, case level when 'adset' then adset_id else campaign_id end as pool_id, day,
    timezone, currency, sum(cost) as pool
  from zoned where level <> 'ad'
  group by sender, network, account_id, level, case level when 'adset' then adset_id else campaign_id end, day, timezone,
    currency),
beneath as (
  select sender, type, id, report_day, report_sender, report_account, report_level, report_id, report_currency, pool
  from (
    select c.sender, c.type, c.id, p.day as report_day, p.sender as report_sender, p.account_id as report_account,
      p.level as report_level, p.pool_id as report_id, p.currency as report_currency, p.pool,
      row_number() over (
        partition by c.sender, c.type, c.id
        order by case p.level when 'adset' then 0 else 1 end, p.account_id, p.sender, p.currency, p.day) as nth
    from placed_days c
    join pools p
      on p.timezone = c.timezone and p.day = c.own_day and p.network is not distinct from c.network
      and p.pool_id = case p.level when 'adset' then c.adset_id else c.campaign_id end
    where (c.account_id is null or p.account_id is null or p.account_id = c.account_id)
      and (p.pool is not null or c.currency = p.currency)) found
  where nth = 1),
placed as (
  select c.*, r.id is not null as by_ad, b.report_day, b.report_sender, b.report_account, b.report_level, b.report_id,
    b.report_currency,
    cast(b.pool * 1000000 as decimal(38, 0)) as pool,
    cast(case when r.id is null then coalesce(c.own_cost, 0) else 0 end * 1000000 as decimal(38, 0)) as weight
  from carried c
  left join covered r on r.sender = c.sender and r.type = c.type and r.id = c.id
  left join beneath b on b.sender = c.sender and b.type = c.type and b.id = c.id and r.id is null),
summed as (
  select *, cast(sum(weight) over pooled as decimal(38, 0)) as weights from placed
  window pooled as (
    partition by report_sender, network, report_account, report_level, report_id, report_currency, report_day)),
based as (
  select *, case when weights > pool then pool * weight % weights end as remainder,
    -- Divides without a rest, and the quotient is below 2^53: exact, though the division is one of doubles.
    case when weights > pool
      then cast(cast(pool * weight - pool * weight % weights as double) / cast(weights as double) as decimal(38, 0)) end as base
  from summed),
claimed as (
  select *, pool - sum(base) over pooled as left_over, row_number() over (
    partition by report_sender, network, report_account, report_level, report_id, report_currency, report_day
    order by remainder desc, weight desc, sender, type, id) as claim
  from based
  window pooled as (
    partition by report_sender, network, report_account, report_level, report_id, report_currency, report_day))
select
  sender, type, id, occurred_at, day as own_day, coalesce(report_day, day) as day, network, account_id, campaign_id,
  adset_id, ad_id, placement, country, device, creative_id, currency, stated_cost, by_ad or (report_level is not null and pool is null) as replaced, report_sender, report_account, report_level,
  report_id, report_currency,
  case
    when by_ad then 0
    when report_level is null then own_cost
    when pool is null then 0
    when weights <= pool then cast(weight * cast(0.000001 as decimal(7, 6)) as decimal(38, 6))
    else cast((base + case when claim <= left_over then 1 else 0 end) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6))
    end as cost
from claimed
