-- what: the money of every goal's transaction, as it was stated and in the reporting currency
-- grain: one row per (goal_id, currency)
-- reads: goals_told, transactions, rates
-- promise: rounded once, to six places, at the rate of the goal's day, refunds at the same; without a rate the amounts are NULL
-- refresh: rows
select
  g.goal_id, t.currency, cast(t.amount as decimal(38, 6)) as stated_amount, cast(t.refunds as decimal(38, 6)) as stated_refunds,
  t.settled, cast(cast(t.amount as decimal(20, 6)) * r.rate as decimal(38, 6)) as amount,
  cast(cast(t.refunds as decimal(20, 6)) * r.rate as decimal(38, 6)) as refunds
from goals_told g
join transactions t on t.key_kind = g.key_kind and t.key_sender = g.key_sender and t.key_value = g.key_value
left join rates r on r.currency = t.currency and g.day >= r.first_day and (r.next_day is null or g.day < r.next_day)
where g.carries_money
