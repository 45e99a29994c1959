-- what: works out again where the texts of rows that were taken out are still seen
-- grain: one row per (variant, sender, network, account, ad)
-- reads: variants_out, interactions, ads, texts_seen
-- promise: a text that nothing says any more is not known any more
delete from texts_seen where variant_id in (select variant_id from variants_out);

insert into texts_seen
select variant_id, sender, network, account_id, ad_id, min(first_seen)
from (
  select variant_id, sender, network, account_id, ad_id, occurred_at as first_seen from interactions
  where traffic <> 'test'
  union all
  select variant_id, sender, network, account_id, ad_id,
    case when valid_from > timestamp '2000-01-01' then valid_from else received_at end
  from ads where origin = 'posted') found
where variant_id in (select variant_id from variants_out)
group by variant_id, sender, network, account_id, ad_id
order by 1, 2, 3, 4, 5;

delete from creative_variants
where variant_id in (select variant_id from variants_out) and variant_id not in (select variant_id from texts_seen);

update creative_variants v set first_seen = t.first_seen
from (select variant_id, min(first_seen) as first_seen from texts_seen group by variant_id) t
where v.variant_id = t.variant_id and v.variant_id in (select variant_id from variants_out);
