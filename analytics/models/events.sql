-- what: every interaction in force, the latest version of each, with its day in the reporting zone
-- grain: one row per (sender, type, revenue_stage, id)
-- reads: record.interactions
-- promise: nothing received after $as_of counts; versions of one key never add up
select
  sender, type, revenue_stage, id, occurred_at, epoch_us(occurred_at) as occurred_us, received_at,
  content_hash,
  cast(occurred_at at time zone 'UTC' at time zone $timezone as date) as day,
  variant_id, click_id, visitor, session_id, network, account_id, campaign_id, campaign_name, adset_id, ad_id,
  ad_name, placement, offer_id, landing_page, term, country, device, conversion_kind, transaction_id,
  revenue, cost, currency, traffic, count
from (
  select *, row_number() over (
    partition by sender, type, revenue_stage, id order by occurred_at desc, content_hash desc) as version
  from record.interactions
  where received_at <= $as_of) versions
where version = 1
