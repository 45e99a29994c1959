-- what: what people decided, with actor and reason
-- grain: one row per decision
-- reads: decisions_sealing
-- promise: day is the one on which it was written to the journal
select day as archive_day, decision_id, decided_at, kind, subject, object, actor, reason, cast($seal as bigint) as seal
from decisions_sealing
