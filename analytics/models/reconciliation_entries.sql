-- what: every amount that a reconciliation adds up: what was said, what the facts count, and why the two may differ
-- grain: one row per (day, network, account_id, campaign_id, currency, measure, entry)
-- reads: told, facts_daily, platform_days, feed_days, report_parts, main_kind
-- promise: a platform's or feed's own day is the one on which its zone puts an event; tests and zeros are nowhere
-- refresh: keys (day ± 1) of told, facts_daily, platform_days, feed_days, report_parts
with measures as (
  select 'clicks' as measure union all select 'conversions' union all select 'spend' union all select 'revenue'),
-- A moment's day in a zone is worked out once, not for each day that somebody spoke of.
of_platforms as (
  select t.*, z.timezone, cast(t.occurred_at at time zone 'UTC' at time zone z.timezone as date) as zone_day
  from told t
  join (select distinct measure, network, currency, timezone from platform_days) z
    on z.measure = t.measure and z.network is not distinct from t.network and z.currency is not distinct from t.currency
  where t.row_of in ('event', 'goal') and t.measure <> 'spend' and not t.is_repeat),
of_feeds as (
  select t.*, z.timezone, cast(t.occurred_at at time zone 'UTC' at time zone z.timezone as date) as zone_day
  from told t
  join (select distinct network, account_id, campaign_id, currency, timezone from feed_days) z
    on z.network is not distinct from t.network and z.account_id is not distinct from t.account_id
    and z.campaign_id is not distinct from t.campaign_id and z.currency = t.currency
  where t.row_of = 'goal'),
-- What our books hold, on the day that the platform or the feed would give it. A settlement speaks of its own
-- campaign only: other feeds have other days.
local as (
  select 'platform' as whose, y.day, t.network, t.account_id, t.campaign_id, t.currency, t.measure, t.is_human,
    t.is_estimate, t.occurred_at > y.stated_at as is_later, t.booked
  from of_platforms t
  join platform_days y
    on y.measure = t.measure and y.network is not distinct from t.network and y.currency is not distinct from t.currency
    and y.timezone = t.timezone and y.day = t.zone_day
  union all
  select 'feed', y.day, t.network, t.account_id, t.campaign_id, t.currency, t.measure, t.is_human, t.is_estimate,
    t.occurred_at > y.stated_at, t.booked
  from of_feeds t
  join feed_days y
    on y.network is not distinct from t.network and y.account_id is not distinct from t.account_id
    and y.campaign_id is not distinct from t.campaign_id and y.currency = t.currency
    and y.timezone = t.timezone and y.day = t.zone_day),
entries as (
  select p.day, p.network, p.account_id, p.campaign_id,
    case when m.measure = 'spend' and p.cost is null then p.currency when m.measure in ('spend', 'revenue') then $currency end
      as currency, m.measure, 'platform_said' as entry,
    case m.measure when 'clicks' then p.clicks when 'conversions' then p.platform_conversions
      when 'spend' then coalesce(p.cost, p.stated_cost)
      else p.platform_revenue end as amount
  from report_parts p cross join measures m
  union all
  select day, network, account_id, campaign_id, currency, 'revenue', 'feed_settled', settled from feed_days
  union all
  select f.day, f.network, f.account_id, f.campaign_id, case when m.measure in ('spend', 'revenue') then $currency end,
    m.measure, 'observed', case m.measure when 'clicks' then f.clicks
      when 'conversions' then case when $kind = 'arbitrage' then f.ad_clicks when f.conversion_kind = k.kind then f.conversions end
      when 'spend' then f.cost_direct + f.cost_allocated else f.revenue_settled + f.revenue_provisional - f.refunds end
  from facts_daily f cross join main_kind k cross join measures m
  union all
  select day, network, account_id, campaign_id, currency, measure, role || '_told', told from told
  union all
  select day, network, account_id, campaign_id, currency, measure, role || '_told_non_human', told
  from told where not is_human and not is_repeat
  union all
  select day, network, account_id, campaign_id, currency, measure, role || '_told_again', told from told where is_repeat
  union all
  select day, network, account_id, campaign_id, currency, measure,
    case when is_repeat then 'booked_again' when measure = 'spend' then 'click_cost' else 'booked' end, booked
  from told where is_human
  union all
  select day, network, account_id, campaign_id, currency, measure, whose || case
    when not is_human then '_non_human' when is_later then '_later' when is_estimate then '_estimate' else '_local' end, booked
  from local)
select day, network, account_id, campaign_id, currency, measure, entry, cast(sum(amount) as decimal(38, 6)) as amount
from entries where amount <> 0
group by day, network, account_id, campaign_id, currency, measure, entry
