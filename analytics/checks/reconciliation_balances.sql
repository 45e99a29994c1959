-- what: cells whose gap is not what was said less what is observed, or not the sum of its parts
-- reads: reconciliation
select day, network, account_id, campaign_id, currency, measure, against, gap,
  coalesce(case against when 'platform' then platform_said when 'feed' then feed_said when 'tracker' then tracker_said end, 0)
    - observed as said_less_observed,
  part_time_zone + part_non_human + part_no_identity + part_late + part_not_settled + part_duplicates
    + part_other_currency + part_claimed + part_unexplained as parts
from reconciliation
where gap <> part_time_zone + part_non_human + part_no_identity + part_late + part_not_settled + part_duplicates
    + part_other_currency + part_claimed + part_unexplained
  or gap <> coalesce(
    case against when 'platform' then platform_said when 'feed' then feed_said when 'tracker' then tracker_said end, 0)
    - observed
