-- what: events with their creative by the identity ladder, row by row
-- grain: one row per (sender, type, revenue_stage, id)
-- reads: texted, ad_day_texts, ad_identities
-- promise: text, else the one text of that ad that day, else the ad itself, else nothing and the reason stays visible
-- refresh: rows
select
  e.*,
  coalesce(e.text_id, d.creative_id, a.creative_id) as creative_id,
  case
    when e.text_id is not null then 'text'
    when d.creative_id is not null then 'ad_text'
    when a.creative_id is not null then 'ad' end as identity_by
from texted e
left join ad_day_texts d
  on d.texts = 1 and d.network is not distinct from e.network and d.account_id is not distinct from e.account_id
  and d.ad_id = e.ad_id and d.day = e.day
left join ad_identities a
  on a.network is not distinct from e.network and a.account_id is not distinct from e.account_id and a.ad_id = e.ad_id
