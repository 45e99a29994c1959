-- what: what came of every ad on a day, by the text it carried, with the human clicks of each
-- grain: one row per (network, account_id, ad_id, day, text_id)
-- reads: texted
-- promise: a click that two senders tell is one; an ad's days stand here also where no text came with it (text_id NULL)
-- refresh: sums
with told as (
  select network, account_id, ad_id, day, text_id, type, count, text_id is not null and traffic = 'human' as is_told,
    row_number() over (
      partition by text_id is not null and traffic = 'human', type, click_id, case when click_id is null then sender end,
        case when click_id is null then id end
      order by occurred_at, sender, id) as nth
  from texted where ad_id is not null)
select network, account_id, ad_id, day, text_id, count(*) as events,
  cast(sum(case when is_told then 1 else 0 end) as bigint) as told,
  cast(sum(case when is_told and type = 'click' and nth = 1 then count else 0 end) as bigint) as clicks
from told group by network, account_id, ad_id, day, text_id
