-- what: the goals of every settled cell, and each one's share of its money
-- grain: one row per (goal_id)
-- reads: goals_told, goal_money, settlement_own
-- promise: in proportion to the estimates, equal shares per ad click if all are 0; the shares add up to the cell, exactly
-- refresh: rows
with estimates as (
  select goal_id, cast(sum(amount) * 1000000 as decimal(38, 0)) as estimate from goal_money group by goal_id),
shapes as (
  select distinct sender, settles, timezone, shape, by_ad, by_campaign, by_offer, by_page, by_sub, by_country
  from settlement_own where counts),
-- A goal looks for its cells by the dimensions that they state: as many looks as there are sorts of cells.
looking as (
  select
    g.goal_id, g.conversions, g.traffic, s.sender, s.shape,
    cast(g.occurred_at at time zone 'UTC' at time zone s.timezone as date) as own_day,
    case when s.by_ad = 1 then g.ad_id end as ad_id, case when s.by_campaign = 1 then g.campaign_id end as campaign_id,
    case when s.by_offer = 1 then g.offer_id end as offer_id,
    case when s.by_page = 1 then g.landing_page end as landing_page,
    case when s.by_sub = 1 then g.sub_id end as sub_id, case when s.by_country = 1 then g.country end as country
  from goals_told g join shapes s on s.settles = g.sender
  where g.type <> 'refund'),
found as (
  select
    l.goal_id, l.conversions, l.traffic, c.sender, c.key_hash, c.day, c.mixed_day, c.currency, c.amount,
    row_number() over (partition by l.goal_id order by c.fineness desc, c.shape desc, c.sender, c.key_hash) as nth
  from looking l
  join settlement_own c
    on c.sender = l.sender and c.day = l.own_day and c.shape = l.shape and c.ad_id is not distinct from l.ad_id
    and c.campaign_id is not distinct from l.campaign_id and c.offer_id is not distinct from l.offer_id
    and c.landing_page is not distinct from l.landing_page and c.sub_id is not distinct from l.sub_id
    and c.country is not distinct from l.country
  where c.counts),
-- What was sent as a test is no money of the feed's: it lies in its cell and gets nothing.
estimated as (
  select f.goal_id, f.sender, f.key_hash, f.day, f.mixed_day, f.currency, cast(f.amount * 1000000 as decimal(38, 0)) as whole,
    case when f.traffic = 'test' then 0 else greatest(coalesce(e.estimate, 0), 0) end as estimate,
    case when f.traffic = 'test' then 0 else f.conversions end as goals
  from found f left join estimates e on e.goal_id = f.goal_id
  where f.nth = 1),
summed as (
  select *, cast(sum(estimate) over (partition by sender, key_hash) as decimal(38, 0)) as estimates,
    cast(sum(goals) over (partition by sender, key_hash) as decimal(38, 0)) as all_goals
  from estimated),
weighed as (
  select *, cast(case when estimates > 0 then estimate else goals end as decimal(38, 0)) as weight,
    cast(case when estimates > 0 then estimates when all_goals > 0 then all_goals end as decimal(38, 0)) as weights
  from summed),
based as (
  select *, whole * weight % weights as remainder,
    -- Divides without a rest, and the quotient is below 2^53: exact, though the division is one of doubles.
    cast(cast(whole * weight - whole * weight % weights as double) / cast(weights as double) as decimal(38, 0)) as base
  from weighed),
claimed as (
  select *, whole - sum(base) over (partition by sender, key_hash) as left_over,
    row_number() over (partition by sender, key_hash order by remainder desc, weight desc, goal_id) as claim
  from based)
select
  goal_id, sender as settlement_sender, key_hash as settlement_key, day as stated_day, mixed_day, currency,
  case when weights > 0 then cast((base + case when claim <= left_over then 1 else 0 end) * cast(0.000001 as decimal(7, 6)) as decimal(38, 6))
    when whole is not null then 0 end as amount,
  case when estimates > 0 then cast(whole as double) / cast(estimates as double) end as settlement_factor
from claimed
