-- what: the click ids of networks, such as fbclid: which click names them, and which event without a click asks for them
-- grain: one row per (key_hash, name)
-- reads: events, click_ids_asked, click_id_names
-- promise: read out of the events once; nothing stands here where no event asks
-- refresh: rows
with named as (
  select e.key_hash, e.click_id, n.name, json_extract_string(e.click_ids, n.path) as value, e.type = 'click' as is_click
  from events e
  cross join click_ids_asked a
  cross join click_id_names n
  where a.asked and e.click_ids is not null and (e.type = 'click' or e.click_id is null) and strpos(e.click_ids, n.name) > 0)
-- A click that has no id of its own goes by that of its network.
select key_hash, name, value, is_click,
  case when is_click then coalesce(click_id, min(value) over (partition by key_hash)) end as click_id
from named where value is not null
