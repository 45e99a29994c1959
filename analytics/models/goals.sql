-- what: every goal that counts (conversions, monetised ad clicks) with its transaction's money, and money without a goal
-- grain: one row per (goal_id)
-- reads: money_events, transactions, record_senders
-- promise: an order that several senders report counts once; every transaction's money stands on exactly one row
with reported as (
  select i.*, case when i.type = 'ad_click' then 'ad_click' else coalesce(i.conversion_kind, 'purchase') end as kind
  from money_events i where i.type in ('conversion', 'ad_click')),
counted as (
  select *
  from (
    select p.*, row_number() over (
      partition by p.kind, p.transaction_id, case when p.transaction_id is null then p.sender end,
        case when p.transaction_id is null then p.id end
      order by p.occurred_at, p.sender, p.id) as nth
    from reported p
    left join record_senders r on r.conversion_kind = p.kind
    where r.sender is null or r.sender = p.sender) ranked
  where nth = 1),
first_goal as (
  select *, row_number() over (partition by key_kind, key_sender, key_value order by occurred_at, sender, id) as nth_of_key
  from counted),
orphans as (
  select *
  from (
    select f.*, row_number() over (
      partition by f.key_kind, f.key_sender, f.key_value order by f.occurred_at, f.sender, f.type, f.id) as nth
    from money_events f
    left join first_goal g on g.key_kind = f.key_kind and g.key_sender = f.key_sender and g.key_value = f.key_value
    where g.key_value is null) ranked
  where nth = 1),
rows_all as (
  select sender, type, id, occurred_at, day, click_day, click_id, visitor, traffic, kind, creative_id, identity_by,
    has_click, network, account_id, campaign_id, adset_id, ad_id, placement, country, device, count, key_kind, key_sender,
    key_value, occurred_us, nth_of_key = 1 as carries_money
  from first_goal
  union all
  select sender, type, id, occurred_at, day, click_day, click_id, visitor, traffic,
    coalesce(conversion_kind, 'revenue_only'), creative_id, identity_by,
    has_click, network, account_id, campaign_id, adset_id, ad_id, placement, country, device, 0, key_kind, key_sender,
    key_value, occurred_us, true
  from orphans)
select
  row_number() over (order by g.occurred_at, g.sender, g.type, g.id) as goal_id,
  g.sender, g.type, g.id, g.occurred_at, g.occurred_us, g.day, g.click_id, g.visitor, g.traffic, g.kind, g.creative_id,
  g.identity_by, g.has_click, g.network, g.account_id, g.campaign_id, g.adset_id, g.ad_id, g.placement, g.country, g.device,
  cast(g.count as bigint) as conversions,
  case when $kind = 'arbitrage' then coalesce(g.click_day, g.day) else g.day end as booked_day,
  cast(coalesce(t.amount, 0) as decimal(38, 6)) as amount, cast(coalesce(t.refunds, 0) as decimal(38, 6)) as refunds,
  coalesce(t.settled, true) as settled
from rows_all g
left join transactions t
  on g.carries_money and t.key_kind = g.key_kind and t.key_sender = g.key_sender and t.key_value = g.key_value
  and t.currency = $currency
