-- what: creatives that count as another one, derived or decided, and every merge and un-merge that people decided
-- grain: one row per (alias_id, kind, decision_id)
-- reads: record.creative_aliases, record.creatives, record.decisions
-- promise: exactly the rows with in_force count now; a decision stays when another one takes its place
-- refresh: whole
with decided as (
  select decision_id, decided_at, kind, subject, object, actor, reason,
    lag(object) over (partition by subject order by decided_at, decision_id) as object_before,
    row_number() over (partition by subject order by decided_at desc, decision_id desc) as nth
  from record.decisions where kind in ('merge', 'unmerge')),
rows_all as (
  select a.creative_id as alias_id, a.canonical_id as creative_id, a.kind, coalesce(d.reason, a.reason) as reason,
    true as in_force, d.actor, d.decided_at, d.decision_id
  from record.creative_aliases a
  left join decided d on d.nth = 1 and d.kind = 'merge' and a.kind = 'merge' and d.subject = a.creative_id
  union all
  select d.subject, coalesce(d.object, d.object_before), d.kind, d.reason, d.kind = 'unmerge' and d.nth = 1, d.actor,
    d.decided_at, d.decision_id
  from decided d
  left join record.creative_aliases a on a.kind = 'merge' and a.creative_id = d.subject
  where d.nth > 1 or d.kind = 'unmerge' or a.creative_id is null)
select r.alias_id, c.creative_text as alias_text, r.creative_id, r.kind, r.reason, r.in_force, r.actor, r.decided_at,
  r.decision_id
from rows_all r
left join record.creatives c on c.creative_id = r.alias_id
