-- What changed since the closings, or since a step, by cell, measure and cause.
select day, creative_id, network, campaign_id, conversion_kind, currency, measure, causes, sum(change) as change
from newer.restatements
where step > $since and ($day is null or day = $day) and ($creative is null or creative_id = $creative)
group by day, creative_id, network, campaign_id, conversion_kind, currency, measure, causes
having sum(change) <> 0
