-- what: the campaigns whose cost does not say its country
-- grain: one row per (network, campaign_id)
-- reads: facts_daily
-- promise: each is one scope of all its countries: split, the countries would look free of cost
-- refresh: whole
select network, campaign_id from facts_daily
where campaign_id is not null and country is null and cost_direct + cost_allocated > 0
group by network, campaign_id
