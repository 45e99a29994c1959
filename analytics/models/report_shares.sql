-- what: every reported quantity of an ad-day shared among the texts the ad showed that day
-- grain: one row per (sender, key_hash, creative_id, measure)
-- reads: report_parts, ad_day_texts, ad_identities, click_costs
-- promise: by that day's human clicks, equal shares if there were none; the shares and the clicks' own costs add up to the whole
-- refresh: rows
with taken as (
  select report_sender, network, report_account, report_level, report_id, report_currency, day, sum(cost) as taken
  from click_costs where report_level is not null
  group by report_sender, network, report_account, report_level, report_id, report_currency, day),
-- What the clicks beneath an ad set's or campaign's rows cost is theirs, whatever the country of the row.
costs as (
  select sender, key_hash, network, account_id, level, currency, day, cost,
    case level when 'adset' then adset_id when 'campaign' then campaign_id end as report_id,
    sum(cost) over (
      partition by sender, network, account_id, level, day, currency,
        case level when 'adset' then adset_id when 'campaign' then campaign_id else ad_id end
      order by country, key_hash rows unbounded preceding) as cost_to
  from report_parts),
measures as (
  select c.sender, c.key_hash, 'cost' as measure, cast(
    (case when t.taken is null then c.cost
      else greatest(c.cost_to - t.taken, 0) - greatest(c.cost_to - c.cost - t.taken, 0) end) * 1000000 as bigint) as whole
  from costs c
  left join taken t
    on t.report_sender = c.sender and t.network is not distinct from c.network
    and t.report_account is not distinct from c.account_id and t.report_level = c.level and t.report_id = c.report_id
    and t.report_currency = c.currency and t.day = c.day
  union all
  select sender, key_hash, 'revenue', cast(platform_revenue * 1000000 as bigint) from report_parts
  union all
  select sender, key_hash, 'impressions', impressions from report_parts
  union all
  select sender, key_hash, 'clicks', clicks from report_parts
  union all
  select sender, key_hash, 'conversions', platform_conversions from report_parts),
shown as (
  select r.sender, r.key_hash, d.creative_id, d.texts, d.clicks,
    sum(d.clicks) over (partition by r.sender, r.key_hash) as all_clicks
  from report_parts r
  join ad_day_texts d
    on d.network is not distinct from r.network and d.account_id is not distinct from r.account_id
    and d.ad_id = r.ad_id and d.day = r.day
  where r.level = 'ad'),
weighted as (
  select sender, key_hash, creative_id, texts, cast(case when all_clicks > 0 then clicks else 1 end as bigint) as weight,
    cast(case when all_clicks > 0 then all_clicks else texts end as bigint) as weights
  from shown
  union all
  select r.sender, r.key_hash, a.creative_id, 0, 1, 1
  from report_parts r
  left join shown s on s.sender = r.sender and s.key_hash = r.key_hash
  left join ad_identities a
    on a.network is not distinct from r.network and a.account_id is not distinct from r.account_id and a.ad_id = r.ad_id
  where s.key_hash is null),
based as (
  select w.sender, w.key_hash, w.creative_id, w.texts, m.measure, m.whole, w.weight,
    -- Whole multiples and the rest apart: large amounts times many clicks overflow 64 bits.
    m.whole // w.weights * w.weight + m.whole % w.weights * w.weight // w.weights as base,
    m.whole % w.weights * w.weight % w.weights as remainder
  from weighted w join measures m on m.sender = w.sender and m.key_hash = w.key_hash
  where m.whole > 0),
claimed as (
  select *, whole - sum(base) over (partition by sender, key_hash, measure) as left_over,
    row_number() over (
      partition by sender, key_hash, measure order by remainder desc, weight desc, creative_id) as claim
  from based)
select sender, key_hash, creative_id, measure, texts > 1 as allocated,
  cast(base + case when claim <= left_over then 1 else 0 end as bigint) as share
from claimed
