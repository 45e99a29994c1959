-- what: every interaction in force, the latest version of each, with its day in the reporting zone
-- grain: one row per (sender, type, revenue_stage, id)
-- reads: record.interactions
-- promise: nothing received after $received_to counts; versions of one key never add up; the first one's moment stays its moment
-- refresh: rows
with versioned as (
  select key_hash from record.interactions where received_at <= $received_to
  group by key_hash having count(*) > 1),
newest as (
  select key_hash, max(content_hash) as content_hash, min(first_at) as first_at
  from (
    select key_hash, content_hash, rank_us, max(rank_us) over (partition by key_hash) as newest_us,
      min(occurred_at) over (partition by key_hash) as first_at
    from (
      select i.key_hash, i.content_hash, i.occurred_at,
        case when i.repeats = 'ignore' and i.count > 0 then - epoch_us(i.stated_at) else epoch_us(i.stated_at) end
          as rank_us
      from record.interactions i join versioned v on v.key_hash = i.key_hash
      where i.received_at <= $received_to) ranked) stated
  where rank_us = newest_us group by key_hash)
select
  i.sender, i.type, i.revenue_stage, i.id, coalesce(n.first_at, i.occurred_at) as occurred_at,
  epoch_us(coalesce(n.first_at, i.occurred_at)) as occurred_us, i.stated_at, i.received_at, i.content_hash,
  cast(coalesce(n.first_at, i.occurred_at) at time zone 'UTC' at time zone $timezone as date) as day,
  i.variant_id, i.click_id, i.click_ids, i.visitor, i.session_id, i.network, i.account_id, i.campaign_id, i.campaign_name, i.adset_id,
  i.ad_id, i.ad_name, i.placement, i.offer_id, i.landing_page, i.term, i.country, i.device, i.conversion_kind,
  i.transaction_id, i.revenue, i.cost, i.currency, i.traffic, i.count, i.key_hash,
  case when i.type in ('ad_click', 'conversion', 'revenue') then json_extract_string(i.properties, '$.sub_id') end as sub_id
from record.interactions i
left join newest n on n.key_hash = i.key_hash
where i.received_at <= $received_to and (n.key_hash is null or n.content_hash = i.content_hash)
