-- what: what the platform, the feed and the trackers said of each campaign's day, what we count, and the gap in named parts
-- grain: one row per (day, network, account_id, campaign_id, currency, measure)
-- reads: reconciliation_entries, platform_days
-- promise: gap = what the one in `against` said - observed = the sum of the parts, exactly; what has no name is unexplained
-- refresh: keys (day) of reconciliation_entries, platform_days
with cells as (
  select day, network, account_id, campaign_id, currency, measure,
    sum(case when entry = 'platform_said' then amount end) as platform_said,
    sum(case when entry = 'feed_settled' then amount end) as feed_settled,
    sum(case when entry = 'feed_told' then amount end) as feed_told,
    sum(case when entry = 'tracker_told' then amount end) as tracker_told,
    coalesce(sum(case when entry = 'observed' then amount end), 0) as observed,
    coalesce(sum(case when entry = 'booked' then amount end), 0) as booked,
    coalesce(sum(case when entry = 'booked_again' then amount end), 0) as booked_again,
    coalesce(sum(case when entry = 'click_cost' then amount end), 0) as click_cost,
    coalesce(sum(case when entry = 'feed_told_non_human' then amount end), 0) as feed_told_non_human,
    coalesce(sum(case when entry = 'feed_told_again' then amount end), 0) as feed_told_again,
    coalesce(sum(case when entry = 'tracker_told_non_human' then amount end), 0) as tracker_told_non_human,
    coalesce(sum(case when entry = 'tracker_told_again' then amount end), 0) as tracker_told_again,
    coalesce(sum(case when entry in ('platform_local', 'platform_estimate', 'platform_later') then amount end), 0) as platform_day,
    coalesce(sum(case when entry = 'platform_non_human' then amount end), 0) as platform_non_human,
    coalesce(sum(case when entry = 'platform_later' then amount end), 0) as platform_later,
    coalesce(sum(case when entry in ('feed_local', 'feed_estimate', 'feed_later') then amount end), 0) as feed_day,
    coalesce(sum(case when entry = 'feed_non_human' then amount end), 0) as feed_non_human,
    coalesce(sum(case when entry = 'feed_later' then amount end), 0) as feed_later,
    coalesce(sum(case when entry = 'feed_estimate' then amount end), 0) as feed_estimate
  from reconciliation_entries
  group by day, network, account_id, campaign_id, currency, measure),
held as (
  select c.*, case
    when c.feed_settled is not null then 'feed' when p.measure is not null then 'platform'
    when c.tracker_told is not null then 'tracker' when c.feed_told is not null then 'feed_events' end as held_against
  from cells c
  left join platform_days p
    on p.day = c.day and p.network is not distinct from c.network and p.measure = c.measure
    and p.currency is not distinct from c.currency
    and (p.accounts is null or c.account_id is null or list_contains(p.accounts, c.account_id))),
parts as (
  select *,
    coalesce(case held_against when 'feed' then feed_settled when 'platform' then platform_said
      when 'tracker' then tracker_told else feed_told end, 0) - observed as gap,
    case when measure = 'spend' then 0 when held_against = 'platform' then platform_day - booked
      when held_against = 'feed' then feed_day - booked else 0 end as time_zone,
    case held_against when 'platform' then platform_non_human when 'feed' then feed_non_human
      when 'tracker' then tracker_told_non_human when 'feed_events' then feed_told_non_human else 0 end as non_human,
    case held_against when 'tracker' then tracker_told_again when 'feed_events' then feed_told_again else 0 end
      - booked_again as duplicates,
    case held_against when 'platform' then -platform_later when 'feed' then -feed_later else 0 end as late,
    case when held_against = 'feed' then -feed_estimate when held_against = 'platform' then -click_cost else 0 end
      as not_settled
  from held),
-- Money of another currency is in no row of this one; what names no campaign could be of any, whatever else it is.
named as (
  select *, measure in ('spend', 'revenue') and (currency <> $currency or held_against is null) as is_foreign,
    campaign_id is null and held_against in ('platform', 'feed') as is_unplaced,
    -- An ad account's conversions are its own reckoning, by windows, views and rules that nobody can recount.
    measure in ('conversions', 'revenue') and held_against = 'platform' as is_claim
  from parts),
final as (
  select *,
    case when is_foreign then 0 else time_zone end as part_time_zone,
    case when is_foreign then 0 else non_human end as part_non_human,
    case when is_foreign then 0 else duplicates end as part_duplicates,
    case when is_foreign or is_unplaced then 0 else late end as part_late,
    case when is_foreign or is_unplaced then 0 else not_settled end as part_not_settled,
    case when is_foreign or is_unplaced then 0
      else gap - time_zone - non_human - late - not_settled - duplicates end as rest
  from named)
select
  day, network, account_id, campaign_id, currency, measure,
  case held_against when 'feed_events' then 'feed' else held_against end as against,
  cast(platform_said as decimal(38, 6)) as platform_said,
  cast(coalesce(feed_settled, feed_told) as decimal(38, 6)) as feed_said,
  cast(tracker_told as decimal(38, 6)) as tracker_said, cast(observed as decimal(38, 6)) as observed,
  cast(gap as decimal(38, 6)) as gap, cast(part_time_zone as decimal(38, 6)) as part_time_zone,
  cast(part_non_human as decimal(38, 6)) as part_non_human,
  cast(case when is_unplaced and not is_foreign then gap - part_time_zone - part_non_human - part_duplicates else 0 end
    as decimal(38, 6)) as part_no_identity,
  cast(part_late as decimal(38, 6)) as part_late, cast(part_not_settled as decimal(38, 6)) as part_not_settled,
  cast(part_duplicates as decimal(38, 6)) as part_duplicates,
  cast(case when is_foreign then gap else 0 end as decimal(38, 6)) as part_other_currency,
  cast(case when is_claim then rest else 0 end as decimal(38, 6)) as part_claimed,
  cast(case when is_claim then 0 else rest end as decimal(38, 6)) as part_unexplained
from final
