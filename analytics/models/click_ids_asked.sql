-- what: whether any event without a click of its own names the click id of a network
-- grain: one row
-- reads: events
-- promise: where nobody asks, no click's own ids are looked through
-- refresh: global
select count(*) > 0 as asked from events where click_id is null and click_ids is not null and type <> 'click'
