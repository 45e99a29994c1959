-- Whose days the evidence knows: a creative in a scope is a unit.
create or replace temp table followed_units as
select creative_id, network, campaign_id, country,
  row_number() over (order by network, campaign_id, country, creative_id) - 1 as unit,
  dense_rank() over (order by network, campaign_id, country) - 1 as scope
from (select distinct creative_id, network, campaign_id, country from evidence_days) u;
create or replace temp table followed_days as
select u.unit, cast(e.day - date '1970-01-01' as bigint) as epoch_day, e.*
from evidence_days e
join followed_units u on u.creative_id = e.creative_id and u.network is not distinct from e.network
  and u.campaign_id is not distinct from e.campaign_id and u.country is not distinct from e.country
