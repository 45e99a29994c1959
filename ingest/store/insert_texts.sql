-- what: remembers which raw texts were seen, by which sender and with which ad
-- grain: one row per (variant, sender, network, account, ad)
-- reads: interactions_in, ads_in, judged, texts_seen
-- promise: first_seen is the earliest moment, whatever the order of arrival
create or replace temp table texts_in as
select i.variant_id, i.creative_raw, i.sender, i.network, i.account_id, i.ad_id, min(i.occurred_at) as first_seen
from interactions_in i join judged j using (load_order, index)
where i.variant_id is not null and i.traffic <> 'test' and j.verdict in ('accepted', 'new_version')
group by all
union all
select a.variant_id, a.creative_raw, a.sender, a.network, a.account_id, a.ad_id,
  min(case when a.valid_from > timestamp '2000-01-01' then a.valid_from else a.received_at end)
from ads_in a join judged j using (load_order, index)
where a.variant_id is not null and j.verdict in ('accepted', 'new_version')
group by all;

update texts_seen t set first_seen = least(t.first_seen, n.first_seen)
from (
  select variant_id, sender, network, account_id, ad_id, min(first_seen) as first_seen from texts_in
  group by variant_id, sender, network, account_id, ad_id) n
where t.variant_id = n.variant_id and t.sender = n.sender and t.network is not distinct from n.network
  and t.account_id is not distinct from n.account_id and t.ad_id is not distinct from n.ad_id
  and n.first_seen < t.first_seen;

insert into texts_seen
select n.variant_id, n.sender, n.network, n.account_id, n.ad_id, min(n.first_seen)
from texts_in n
where not exists (
  select 1 from texts_seen t
  where t.variant_id = n.variant_id and t.sender = n.sender and t.network is not distinct from n.network
    and t.account_id is not distinct from n.account_id and t.ad_id is not distinct from n.ad_id)
group by n.variant_id, n.sender, n.network, n.account_id, n.ad_id
order by 1, 2, 3, 4, 5;
