-- what: every goal that counts (conversions, monetised ad clicks), and money without a goal, before any money is looked at
-- grain: one row per (goal_id)
-- reads: money_events, record_senders, settlement_senders
-- promise: an order that several senders report counts once; every transaction has one row that carries its money; goal_id never changes
-- refresh: rows
with reported as (
  select i.*, case when i.type = 'ad_click' then 'ad_click' else coalesce(i.conversion_kind, 'purchase') end as kind
  from money_events i where i.type in ('conversion', 'ad_click')),
counted as (
  select *
  from (
    select p.*, row_number() over (
      partition by p.kind, p.transaction_id, case when p.transaction_id is null then p.sender end,
        case when p.transaction_id is null then p.id end
      -- Of several tellers the one whose money is settled comes first: its cells must find the goal.
      order by case when s.settles is null then 1 else 0 end, p.occurred_at, p.sender, p.id) as nth
    from reported p
    left join record_senders r on r.conversion_kind = p.kind
    left join settlement_senders s on s.settles = p.sender
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
    has_click, network, account_id, campaign_id, adset_id, ad_id, placement, country, device, offer_id, landing_page,
    sub_id, count, key_hash, key_kind, key_sender, key_value, occurred_us, nth_of_key = 1 as carries_money
  from first_goal
  union all
  select sender, type, id, occurred_at, day, click_day, click_id, visitor, traffic,
    coalesce(conversion_kind, 'revenue_only'), creative_id, identity_by,
    has_click, network, account_id, campaign_id, adset_id, ad_id, placement, country, device, offer_id, landing_page,
    sub_id, 0, key_hash, key_kind, key_sender, key_value, occurred_us, true
  from orphans)
select
  key_hash as goal_id,
  sender, type, id, occurred_at, occurred_us, day, click_id, visitor, traffic, kind, creative_id, identity_by, has_click,
  network, account_id, campaign_id, adset_id, ad_id, placement, country, device, offer_id, landing_page, sub_id,
  cast(count as bigint) as conversions, case when $kind = 'arbitrage' then coalesce(click_day, day) else day end as booked_day,
  key_kind, key_sender, key_value, carries_money
from rows_all
