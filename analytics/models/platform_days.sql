-- what: which network's days a platform's reports speak of at all, per measure, in which zone, and when they last did
-- grain: one row per (day, network, measure, currency)
-- reads: report_parts, reports_now, senders
-- promise: a day of a network is held against its reports, their silence on a campaign included; NULL: of what has no network
-- refresh: whole
with reported as (
  select p.day, p.network, m.measure, case when m.measure = 'spend' and p.cost is null then p.currency when m.measure in ('spend', 'revenue') then $currency end
      as currency,
    case m.measure when 'clicks' then p.clicks when 'conversions' then p.platform_conversions when 'spend' then coalesce(p.cost, p.stated_cost)
      else p.platform_revenue end as amount,
    coalesce(s.timezone, $timezone) as timezone, n.stated_at
  from report_parts p
  join reports_now n on n.sender = p.sender and n.key_hash = p.key_hash
  left join senders s on s.sender = p.sender
  cross join (
    select 'clicks' as measure union all select 'conversions' union all select 'spend' union all select 'revenue') m),
said as (
  select day, network, measure, currency, min(timezone) as timezone, max(stated_at) as stated_at
  from reported where amount <> 0 group by day, network, measure, currency)
select day, network, measure, currency, timezone, stated_at from said
union all
select day, null, measure, currency, min(timezone), max(stated_at)
from said group by day, measure, currency having count(network) = count(*)
