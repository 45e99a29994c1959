-- what: the arms of declared experiments, and the creative that each counts as
-- grain: one row per (experiment, arm_number)
-- reads: experiment_arms, record.creative_aliases, ad_day_texts, ad_identities
-- promise: merges are followed; an arm that is an ad is the one text it ever showed, else the ad itself, else NULL
-- refresh: whole
with shown as (
  select a.experiment, a.arm_number, min(d.creative_id) as creative_id
  from experiment_arms a
  join ad_day_texts d on d.ad_id = a.ad_id and (a.network is null or d.network = a.network)
  group by a.experiment, a.arm_number having min(d.creative_id) = max(d.creative_id)),
of_ads as (
  select a.experiment, a.arm_number, min(i.creative_id) as creative_id
  from experiment_arms a
  join ad_identities i on i.ad_id = a.ad_id and (a.network is null or i.network = a.network)
  group by a.experiment, a.arm_number having min(i.creative_id) = max(i.creative_id))
select
  a.experiment, a.arm_number, a.arm, a.share, coalesce(l.canonical_id, a.stated_id, s.creative_id, i.creative_id) as creative_id,
  a.ad_id, a.network, a.campaign_id, a.country, a.first_day, a.last_day, a.unit, a.metric
from experiment_arms a
left join record.creative_aliases l on l.creative_id = a.stated_id
left join shown s on s.experiment = a.experiment and s.arm_number = a.arm_number
left join of_ads i on i.experiment = a.experiment and i.arm_number = a.arm_number
