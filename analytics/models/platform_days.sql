-- what: which network's days a platform's reports speak of at all, per measure, in which zone, and when they last did
-- grain: one row per (day, network, measure, currency)
-- reads: report_parts, reports_now, senders
-- promise: a network's day is held against its reports, their silence on a campaign included, on an account that none ever names not
-- refresh: whole
with reported as (
  select p.day, p.network, p.account_id, m.measure, case when m.measure = 'spend' and p.cost is null then p.currency when m.measure in ('spend', 'revenue') then $currency end
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
  from reported where amount <> 0 group by day, network, measure, currency),
accounts as (
  select network, measure, case when not bool_or(account_id is null) then list_sort(list(distinct account_id)) end
      as accounts
  from reported where amount <> 0 group by network, measure)
select s.day, s.network, s.measure, s.currency, s.timezone, s.stated_at, a.accounts
from said s join accounts a on a.network is not distinct from s.network and a.measure = s.measure
union all
select day, null, measure, currency, min(timezone), max(stated_at), null
from said group by day, measure, currency having count(network) = count(*)
