-- what: goals, revenue and refunds with the transaction whose money they speak of
-- grain: one row per (sender, type, revenue_stage, id)
-- reads: identified, events, record_senders
-- promise: by transaction id, else by click: its one transaction, else its first goal without one; further goals stand alone
-- refresh: rows
with told as (
  select i.*, e.stated_at, e.content_hash, e.offer_id, e.landing_page, e.sub_id, e.conversion_kind, e.transaction_id,
    e.revenue
  from identified i join events e on e.key_hash = i.key_hash
  where i.type in ('conversion', 'ad_click', 'revenue', 'refund') and e.type in ('conversion', 'ad_click', 'revenue', 'refund')),
goals_of_clicks as (
  select i.click_id, i.transaction_id, i.sender, i.type, i.id, i.occurred_at
  from told i
  left join record_senders r
    on r.conversion_kind = case when i.type = 'ad_click' then 'ad_click' else coalesce(i.conversion_kind, 'purchase') end
  where i.type in ('conversion', 'ad_click') and i.click_id is not null and (r.sender is null or r.sender = i.sender)),
named as (
  select click_id, min(transaction_id) as transaction_id
  from goals_of_clicks group by click_id
  having count(distinct transaction_id) = 1 and count(*) = count(transaction_id)),
first_unnamed as (
  select click_id, sender, type, id
  from (
    select *, row_number() over (partition by click_id order by occurred_at, sender, type, id) as nth
    from goals_of_clicks where transaction_id is null) ranked
  where nth = 1),
keyed as (
  select i.*, n.transaction_id as click_transaction,
    case
      when i.transaction_id is not null then 'transaction'
      when i.type in ('revenue', 'refund') and n.click_id is not null then 'transaction'
      when i.click_id is null then i.type
      when i.type in ('conversion', 'ad_click') and (f.sender <> i.sender or f.type <> i.type or f.id <> i.id) then i.type
      else 'click' end as key_kind
  from told i
  left join named n on n.click_id = i.click_id
  left join first_unnamed f on f.click_id = i.click_id)
select
  sender, type, revenue_stage, id, occurred_at, occurred_us, stated_at, content_hash, day, click_day, click_id, visitor, traffic,
  creative_id, identity_by, has_click, network, account_id, campaign_id, adset_id, ad_id, placement, country, device,
  offer_id, landing_page, sub_id, conversion_kind, transaction_id, revenue, currency, count, key_hash, key_kind,
  case when key_kind in ('transaction', 'click') then '' else sender end as key_sender,
  case key_kind when 'transaction' then coalesce(transaction_id, click_transaction) when 'click' then click_id else id end
    as key_value
from keyed
