-- what: when every raw text was sent with an ad on a day, by whom, by people or not, and whether it was only the term
-- grain: one row per (day, network, account_id, ad_id, variant_id, sender)
-- reads: events, record.creative_variants
-- promise: every text sent, and every ad that was visited without one; tests are nowhere; only_terms NULL: no term came with it
-- refresh: keys (day, ad_id) of events
select e.day, e.network, e.account_id, e.ad_id, e.variant_id, e.sender, min(e.occurred_at) as first_seen,
  max(e.occurred_at) as last_seen, cast(sum(case when e.traffic = 'human' then e.count else 0 end) as bigint) as interactions,
  cast(sum(case when e.traffic = 'human' then 0 else e.count end) as bigint) as non_human,
  min(case when lower(e.term) = v.creative_key then 1 when e.term is not null then 0 end) as only_terms
from events e
left join record.creative_variants v on v.variant_id = e.variant_id
where e.traffic <> 'test'
  and (e.variant_id is not null or (e.ad_id is not null and e.type in ('click', 'landing_view')))
group by e.day, e.network, e.account_id, e.ad_id, e.variant_id, e.sender
